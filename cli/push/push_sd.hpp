// `updraft push FILE sd:DIR`: onto a card.
#pragma once
#include "cli/push/push_door.hpp"
#include "cli/words/cipher_options.hpp"

namespace updraft::cli {

class SdPushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kSd; }
  void add_options(CLI::App& command) override { cipher_.add_options(command, "sd"); }
  std::string_view place() const override { return "DIR"; }
  std::string examples() const override { return "  updraft push build/app.bin sd:/media/card\n"; }
  int push(const PushJob& job) override;

 private:
  SharedCipher cipher_;
};

}  // namespace updraft::cli
