// `updraft push FILE uart:/dev/ttyUSB0`: a bare image over a serial line.
#pragma once
#include "cli/push/push_door.hpp"
#include "cli/words/cipher_options.hpp"

namespace updraft::cli {

class UartPushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kUart; }
  void add_options(CLI::App& command) override;
  std::string examples() const override {
    return "  updraft push build/app.bin uart:/dev/ttyUSB0 --baud 115200\n";
  }
  int push(const PushJob& job) override;

 private:
  SharedCipher cipher_;
  unsigned baud_ = 115'200;
};

}  // namespace updraft::cli
