// `updraft push FILE mqtt://BROKER/TOPIC`: published as one message.
#pragma once
#include "cli/push/push_door.hpp"
#include "cli/tls_options.hpp"
#include "cli/words/cipher_options.hpp"
#include "cli/words/password.hpp"

namespace updraft::cli {

class MqttPushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kMqtt; }
  void add_options(CLI::App& command) override;
  std::string examples() const override {
    return "  updraft push build/app.bin mqtt://broker.lan/ota --retain\n";
  }
  int push(const PushJob& job) override;

 private:
  SharedCipher cipher_;
  SharedTls tls_;
  SharedPassword password_;
  SharedUser user_;
  unsigned qos_ = 1;
  bool retained_ = false;
};

}  // namespace updraft::cli
