#include "engine/parts/rescue_part.hpp"

#include <algorithm>

#include "engine/update/signing.hpp"

namespace updraft::parts {

std::uint32_t RescuePart::room() const {
  Flash* const flash = target_ != nullptr ? target_->rescue_flash() : nullptr;
  return flash != nullptr ? flash->size() : 0;
}

// Stricter than for an app: a device that holds keys takes it signed, armed or not, and a sender
// that proved itself does not do in place of the two switches.
Result<> RescuePart::judge_unsigned(const Offer& offer) const {
  const std::uint32_t room = this->room();
  if (room == 0) return fail(Code::wrong_target, Where::gate);
  const bool keyless = !takes_packages(policy_);
  if (!keyless) return fail(Code::unsigned_image, Where::gate);
  if (!policy_.allows_unsigned(offer.scheme) || !target_->takes_unsigned_rescue()) {
    return fail(Code::wrong_target, Where::gate);
  }
  const std::uint64_t most = room + updater_.overhead();
  if (offer.size > most) return fail(Code::too_big, Where::slot, offer.size, room);
  return {};
}

Result<> RescuePart::enter(const Promised& content, bool is_signed) {
  if (is_signed) UPDRAFT_TRY(policy_.signing->seal_data(content.digest));
  updater_.keep_session();
  target_->aim();
  updater_.turn_to(Slot{.index = Slot::kFactory, .label = Text<16>(kRescueName)});
  entered_ = true;
  is_signed_ = is_signed;
  content_ = content;
  return {};
}

// What was waited for is there, or is waited for no more.
void RescuePart::leave() {
  if (!entered_) return;
  target_->let_go();
  entered_ = false;
  if (is_signed_) policy_.signing->settle();
}

Result<Taken> RescuePart::finish() {
  const Result<Taken> whole = updater_.complete();
  if (!whole) return whole;
  const Trust trust = updater_.last_installed().trust;
  UPDRAFT_TRY(keep());
  updater_.close_session(trust, 1, true);
  return Taken::installed;
}

Result<> RescuePart::keep() {
  const crypto::Sha256Digest sent = updater_.last_installed().image.digest;
  updater_.leave_image();
  if (is_signed_ && !holds(content_.digest, content_.bytes)) {
    return fail(Code::image_mismatch, Where::slot);
  }
  return target_->keep_rescue(sent);
}

bool RescuePart::holds(const crypto::Sha256Digest& content, std::uint32_t bytes) const {
  Flash* const flash = target_ != nullptr ? target_->rescue_flash() : nullptr;
  if (flash == nullptr || bytes == 0 || bytes > flash->size()) return false;
  crypto::Sha256 hash;
  std::array<std::byte, kFlashPage> page;
  for (std::uint32_t at = 0; at < bytes; at += kFlashPage) {
    const MutableBytes part =
        MutableBytes(page).first(std::min<std::size_t>(page.size(), bytes - at));
    if (!flash->read(at, part)) return false;
    flash->yield();
    hash.update(part);
  }
  return hash.finish() == content;
}

}  // namespace updraft::parts
