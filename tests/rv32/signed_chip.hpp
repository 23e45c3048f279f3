// The device of the proof with a verifier of signed packages, as it is after each power-on.
#pragma once
#include "engine/signing/signed_updates.hpp"
#include "tests/rv32/chip.hpp"

namespace updraft::rv32 {

class SignedChip {
 public:
  // Nothing in memory survives. False: nothing boots, or the engine does not start.
  bool power_on() {
    chip_.policy().signing = nullptr;
    if (!chip_.boot()) return false;
    signing_.emplace(chip_.boot_control(), flash_, room_, SignedProduct{}, chip_);
    if (!signing_->open({})) return false;
    chip_.policy().signing = &*signing_;
    return chip_.updater().start(StartedBy::reset).has_value();
  }
  Chip& chip() { return chip_; }
  Updater& updater() { return chip_.updater(); }
  SignedUpdates& signing() { return *signing_; }
  std::string_view version() const { return chip_.app().image.app.version.view(); }

 private:
  Chip chip_{kBehindSlots, 6 * kFlashSector};
  FlashWindow flash_{chip_.flash(), kBehindSlots + 6 * kFlashSector, 2 * kFlashSector};
  SigningRoom room_;
  std::optional<SignedUpdates> signing_;
};

}  // namespace updraft::rv32
