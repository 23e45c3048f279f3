// Serving the file in the packages that devices ask for.
#pragma once
#include "host/serve/serve_method.hpp"
#include "protocols/req/req_server.hpp"

namespace updraft::host {

class ReqServe final : public ServeMethod {
 public:
  static constexpr std::uint64_t kMostBytes = link::kReqFileBytes;  // of a file

  const Protocol& protocol() const override { return kReq; }
  std::unique_ptr<Served> serve(link::Source& source) override {
    return std::make_unique<ServedBy<link::ReqServer>>(source);
  }
};

}  // namespace updraft::host
