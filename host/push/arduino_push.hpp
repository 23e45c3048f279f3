// Pushing by ArduinoOTA: a datagram invites the device, which calls back for the image.
#pragma once
#include <optional>
#include <string>

#include "host/push/push_method.hpp"
#include "protocols/arduino/arduino_login.hpp"
#include "protocols/arduino/arduino_words.hpp"

namespace updraft::host {

class ArduinoPush final : public PushMethod {
 public:
  const Protocol& protocol() const override { return kArduino; }
  // PushTo::wait: so many seconds an invitation is sent each second. Errors besides the machines':
  // unreachable also where no address or port can be opened here (`found`: errno). Ended::refusal
  // has the device's words.
  Ended push(const PushTo& to, Payload& payload) override;

  crypto::Md5Digest md5{};        // of the payload, all of it
  std::string password;           // "": there is none
  bool md5_password = false;      // devices have stored the MD5 of it
  bool file_system = false;       // the payload is one, and no app
  std::string listen_on;          // address for the device to call; "": any
  std::uint16_t listen_port = 0;  // 0: any free one

  // What was seen, once push() is back.
  bool heard = false;                     // the device has replied
  bool accepted = false;                  // and was about to call
  std::optional<link::ArduinoForm> form;  // of the login that it asked for
};

}  // namespace updraft::host
