// Socket bundle on a virtual device: a listener that takes files and firmware from senders that
// know the password.
#pragma once
#include <optional>
#include <string>

#include "cli/words/password.hpp"
#include "virtual_device/door.hpp"

namespace updraft::device {

class BundleDoor final : public Door {
 public:
  const Protocol& protocol() const override { return kBundle; }
  std::vector<std::string> openers() const override { return {"--bundle"}; }
  void add_options(CLI::App& command) override;
  void check() override { secret_ = cli::read_password(password_.given(), cli::Ask::no); }
  bool asked_for() const override { return port_.has_value(); }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override;

 private:
  std::optional<std::uint16_t> port_;  // 0: any free one
  cli::SharedPassword password_;
  std::string secret_;
};

}  // namespace updraft::device
