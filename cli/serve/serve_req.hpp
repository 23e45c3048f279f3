// `updraft serve --req`: the file in the packages that devices ask for.
#pragma once
#include "cli/serve/serve_door.hpp"
#include "host/serve/req_serve.hpp"

namespace updraft::cli {

class ReqServeDoor final : public ServeDoor {
 public:
  host::ServeMethod& method() override { return serve_; }
  std::string title() const override { return "package requests"; }
  void check(std::uint64_t file_bytes, const std::vector<std::string>& others) override;

 private:
  host::ReqServe serve_;
};

}  // namespace updraft::cli
