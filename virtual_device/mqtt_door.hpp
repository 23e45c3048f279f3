// A topic of a broker on a virtual device: it connects, subscribes, and connects again when the
// broker was lost. While an image is on trial it stays away: nothing could be taken.
#pragma once
#include <optional>
#include <string>

#include "cli/words/cipher_options.hpp"
#include "cli/words/password.hpp"
#include "host/desk/url.hpp"
#include "ports/linux/tls_link.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "virtual_device/door.hpp"

namespace updraft::device {

class MqttDoor final : public Door {
 public:
  const Protocol& protocol() const override { return kMqtt; }
  std::vector<std::string> openers() const override { return {"--mqtt"}; }
  void add_options(CLI::App& command) override;
  void check() override;
  std::string why_unused(const std::string& option) const override;
  bool asked_for() const override { return !broker_.empty(); }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override;

 private:
  std::string broker_;  // its URL
  std::string user_, fingerprint_;
  cli::SharedPassword password_;
  cli::SharedCipher cipher_;

  host::Url url_;
  std::string secret_;  // of the user
  linux_port::TlsTrust trust_;
  std::optional<link::LinkDecryptor> decryptor_;
};

}  // namespace updraft::device
