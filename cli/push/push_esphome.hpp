// `updraft push FILE esphome://HOST`: to a device that runs ESPHome, or speaks its native OTA.
#pragma once
#include "cli/push/push_door.hpp"
#include "cli/words/noise_key_option.hpp"
#include "cli/words/password.hpp"

namespace updraft::cli {

class EsphomePushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kEsphome; }
  void add_options(CLI::App& command) override {
    password_.add_options(command, "esphome");
    add_noise_key_option(command, key_);
  }
  std::string examples() const override {
    return "  updraft push firmware.ota.bin esphome://lamp.local --password-file secret\n";
  }
  int push(const PushJob& job) override;

 private:
  SharedPassword password_;
  std::string key_;
};

}  // namespace updraft::cli
