// ArduinoOTA on a virtual device: a UDP port for invitations, and the connections back.
#pragma once
#include <optional>
#include <string>

#include "cli/words/password.hpp"
#include "virtual_device/door.hpp"

namespace updraft::device {

class ArduinoDoor final : public Door {
 public:
  const Protocol& protocol() const override { return kArduino; }
  std::vector<std::string> openers() const override { return {"--arduino"}; }
  void add_options(CLI::App& command) override;
  void check() override { secret_ = cli::known_password(password_.given()); }
  bool asked_for() const override { return port_.has_value(); }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override;

 private:
  std::optional<std::uint16_t> port_;  // 0: any free one
  bool legacy_ = false;
  cli::SharedPassword password_;
  std::string secret_;  // "": nobody is asked
};

}  // namespace updraft::device
