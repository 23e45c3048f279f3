#include "engine/rescue/rescue_update.hpp"

#include "engine/core/same_bytes.hpp"

namespace updraft {

Flash* RescueUpdate::rescue_flash() {
  const std::optional<Slot> app = boot_.rescue();
  return app && !boot_.in_rescue() ? &boot_.flash(*app) : nullptr;
}

// After a start that found no rescue app otadata may hold no choice. It gets that of what runs:
// else the next start would take the new rescue app in place of the app that wrote it.
Result<> RescueUpdate::enter() {
  if (boot_.restart_due()) return fail(Code::busy, Where::device);
  UPDRAFT_TRY(esp_boot_.forget(*boot_.rescue()));
  if (memory_ == nullptr) return {};
  RescueRequest note{.reason = RescueReason::update};
  note.target = Text<kRequestTarget>(kRescueLabel);
  return memory_->leave(note);
}

Result<> RescueUpdate::keep_rescue(const crypto::Sha256Digest& image) {
  const Result<format::ImageInfo> stored = boot_.image_in(*boot_.rescue());
  if (!stored || !same_bytes(stored->digest, image)) {
    const bool flash = !stored && stored.error().code == Code::flash;
    return fail(flash ? Code::flash : Code::image_mismatch, Where::slot);
  }
  return memory_ != nullptr ? memory_->drop() : Result<>{};
}

bool RescueUpdate::was_cut_off() {
  const std::optional<RescueRequest> noted = boot_.request();
  return noted && noted->target.view() == kRescueLabel && !boot_.rescue_whole();
}

}  // namespace updraft
