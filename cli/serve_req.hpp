// `updraft serve --req`: the file in the packages that devices ask for.
#pragma once
#include "cli/serve_door.hpp"

namespace updraft::cli {

class ReqServeDoor final : public ServeDoor {
 public:
  const Protocol& protocol() const override { return kReq; }
  std::string title() const override { return "package requests"; }
  void check(std::uint64_t file_bytes, const std::vector<std::string>& others) override;
  std::unique_ptr<Served> serve(link::Source& source) override;
};

}  // namespace updraft::cli
