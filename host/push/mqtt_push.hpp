// Publishing an update to a topic of a broker, as one message. The broker says that it has it; what
// devices make of it, nobody says.
#pragma once
#include <optional>
#include <string>

#include "host/push/push_method.hpp"
#include "host/push/tls_trust.hpp"
#include "protocols/link/link_cipher.hpp"

namespace updraft::host {

class MqttPush final : public PushMethod {
 public:
  const Protocol& protocol() const override { return kMqtt; }
  // The payload's size is known. Error, besides the machine's: not_wanted (its topic is none, or
  // the login is longer than it may be).
  Ended push(const PushTo& to, Payload& payload) override;

  std::optional<link::LinkCipher> cipher;
  TlsTrust trust;  // of mqtts
  std::string user, password;
  unsigned qos = 1;       // 0 to 2
  bool retained = false;  // the broker keeps it for who subscribes later
};

}  // namespace updraft::host
