// `updraft push FILE form://HOST`: what `curl -F` does with esp32-ota's web form.
#pragma once
#include "cli/push/push_http.hpp"
#include "cli/words/cipher_options.hpp"

namespace updraft::cli {

class FormPushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kForm; }
  void add_options(CLI::App& command) override;
  std::string examples() const override;
  bool names(std::string_view) const override { return true; }
  bool asks_about_data() const override { return true; }
  int push(const PushJob& job) override;

 private:
  HttpPushOptions options_;
  SharedCipher cipher_;
};

}  // namespace updraft::cli
