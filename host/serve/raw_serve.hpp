// Serving by raw TCP: the file as one stream, encrypted if there is a key.
#pragma once
#include <optional>

#include "host/serve/serve_method.hpp"
#include "protocols/raw/raw_sender.hpp"

namespace updraft::host {

class RawServe final : public ServeMethod {
 public:
  const Protocol& protocol() const override { return kRaw; }
  std::unique_ptr<Served> serve(link::Source& source) override {
    return std::make_unique<ServedBy<link::RawSender>>(source, cipher ? &*cipher : nullptr);
  }

  std::optional<link::LinkCipher> cipher;
};

}  // namespace updraft::host
