// ESPHome's native OTA on a virtual device: a listener, with a password or without.
#pragma once
#include <optional>
#include <string>

#include "cli/words/noise_key_option.hpp"
#include "cli/words/password.hpp"
#include "protocols/link/login.hpp"
#include "virtual_device/door.hpp"

namespace updraft::device {

class EsphomeDoor final : public Door {
 public:
  const Protocol& protocol() const override { return kEsphome; }
  std::vector<std::string> openers() const override { return {"--esphome"}; }
  void add_options(CLI::App& command) override;
  void check() override;
  bool asked_for() const override { return port_.has_value(); }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override;

 private:
  std::optional<std::uint16_t> port_;  // 0: any free one
  unsigned version_ = 2;
  bool legacy_ = false;
  cli::SharedPassword password_;
  std::string secret_;  // "": nobody is asked
  std::string key_option_;
  std::optional<crypto::Secret<32>> key_;  // of Noise; then it is the login
  link::LoginGuards guards_;               // of all connections
};

}  // namespace updraft::device
