// A bare image over a serial line on a virtual device, for a host that holds the other end; the
// line stays open over restarts.
#pragma once
#include <filesystem>
#include <optional>

#include "cli/words/cipher_options.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "virtual_device/door.hpp"

namespace updraft::device {

class UartDoor final : public Door {
 public:
  const Protocol& protocol() const override { return kUart; }
  std::vector<std::string> openers() const override { return {"--uart"}; }
  void add_options(CLI::App& command) override;
  void check() override;
  bool asked_for() const override { return link_.has_value(); }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override;

 private:
  std::optional<std::filesystem::path> link_;  // to the serial line, to be made
  cli::SharedCipher cipher_;
  std::optional<link::LinkDecryptor> decryptor_;
};

}  // namespace updraft::device
