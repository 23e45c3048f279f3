// Raw TCP on a virtual device: a listener, or connections to a host that serves.
#pragma once
#include <optional>

#include "cli/words/cipher_options.hpp"
#include "engine/parts/aimed_intake.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "virtual_device/door.hpp"

namespace updraft::device {

class RawDoor final : public Door {
 public:
  const Protocol& protocol() const override { return kRaw; }
  std::vector<std::string> openers() const override { return {"--raw"}; }
  void add_options(CLI::App& command) override;
  void check() override;
  bool asked_for() const override { return port_.has_value(); }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override;
  std::unique_ptr<linux_port::Connection> fetch(const DoorContext& context) override;
  std::unique_ptr<Pulling> pull(const DoorContext& context) override;

 private:
  std::unique_ptr<linux_port::Connection> receiver(const DoorContext& context, bool fetches);
  void aim(const DoorContext& context);

  std::optional<std::uint16_t> port_;  // 0: any free one
  std::string target_;                 // that what comes to the listener is for; empty: the app
  std::optional<parts::AimedIntake> aimed_;
  cli::SharedCipher cipher_;
  std::optional<link::LinkDecryptor> decryptor_;  // of whichever connection has the session
};

}  // namespace updraft::device
