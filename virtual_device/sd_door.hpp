// A card on a virtual device: a folder, which is looked into while nothing else goes on.
#pragma once
#include <filesystem>
#include <optional>

#include "cli/words/cipher_options.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "virtual_device/door.hpp"

namespace updraft::device {

inline constexpr Millis kSdLookMs{500};  // from one look into the folder to the next

class SdDoor final : public Door {
 public:
  const Protocol& protocol() const override { return kSd; }
  std::vector<std::string> openers() const override { return {"--sd"}; }
  void add_options(CLI::App& command) override;
  void check() override;
  bool asked_for() const override { return folder_.has_value(); }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override;

 private:
  std::optional<std::filesystem::path> folder_;
  cli::SharedCipher cipher_;
  std::optional<link::LinkDecryptor> decryptor_;
};

}  // namespace updraft::device
