// esp32-ota's web form on the HTTP port of a virtual device (protocols/form/SPEC.md).
#pragma once
#include "cli/words/cipher_options.hpp"
#include "virtual_device/http_door.hpp"

namespace updraft::device {

class FormDoor final : public Door {
 public:
  explicit FormDoor(const HttpDoor& ports) : ports_(ports) {}  // which opens before it
  const Protocol& protocol() const override { return kForm; }
  std::vector<std::string> openers() const override { return {"--form"}; }
  void add_options(CLI::App& command) override;
  void check() override;
  bool asked_for() const override { return form_; }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override;

 private:
  const HttpDoor& ports_;
  bool form_ = false;
  bool strict_ = false;
  cli::SharedCipher cipher_options_;
  std::optional<link::LinkCipher> cipher_;  // of the file in the form
};

}  // namespace updraft::device
