// `updraft push FILE arduino://HOST`: to a device that the Arduino IDE lists, or any other that
// knows ArduinoOTA.
#pragma once
#include <string>

#include "cli/push/push_door.hpp"
#include "cli/words/password.hpp"
#include "host/push/arduino_push.hpp"

namespace updraft::cli {

class ArduinoPushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kArduino; }
  void add_options(CLI::App& command) override { password_.add_options(command, "arduino"); }
  std::string examples() const override {
    return "  updraft push build/app.bin arduino://192.168.1.20 --password-file secret\n";
  }
  bool names(std::string_view target) const override { return target == "fs"; }
  int push(const PushJob& job) override;

 private:
  SharedPassword password_;
};

// Why a push by ArduinoOTA failed, and what to do.
std::string arduino_failure(const host::PushTo& to, const host::ArduinoPush& push,
                            const host::Ended& ended);
// Which login the device asked for: "none", "md5", "pbkdf2", "pbkdf2-md5".
std::string_view arduino_login(const host::ArduinoPush& push);

}  // namespace updraft::cli
