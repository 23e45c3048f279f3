// `updraft push FILE form://HOST`: what `curl -F` does with esp32-ota's web form.
#pragma once
#include "cli/push/push_door.hpp"
#include "cli/tls_options.hpp"
#include "cli/words/cipher_options.hpp"
#include "cli/words/password.hpp"

namespace updraft::cli {

class FormPushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kForm; }
  void add_options(CLI::App& command) override;
  std::string examples() const override;
  bool names(std::string_view) const override { return true; }
  int push(const PushJob& job) override;

 private:
  SharedPassword password_;
  SharedTls tls_;
  SharedCipher cipher_;
  CLI::Option* plain_ = nullptr;
};

}  // namespace updraft::cli
