// Pushing by raw TCP: one stream, encrypted if there is a key. No answer comes back.
#pragma once
#include <optional>

#include "host/push/push_method.hpp"
#include "protocols/raw/raw_cipher.hpp"

namespace updraft::host {

class RawPush final : public PushMethod {
 public:
  const Protocol& protocol() const override { return kRaw; }
  Ended push(const PushTo& to, Payload& payload) override;

  std::optional<link::RawCipher> cipher;
};

}  // namespace updraft::host
