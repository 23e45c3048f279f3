#include "engine/rescue/rescue_boot.hpp"

#include "engine/core/same_bytes.hpp"
#include "engine/format/image_in_flash.hpp"

namespace updraft {

std::optional<Slot> RescueBoot::rescue() const {
  if (rules_.anti_rollback || !calls_.table().factory || !calls_.table().otadata) {
    return std::nullopt;
  }
  const Slot factory = calls_.slot(Slot::kFactory);
  return factory.label.view() == kRescueLabel ? std::optional(factory) : std::nullopt;
}

bool RescueBoot::one_slot() const {
  return calls_.slots() == 1 && calls_.table().numbered && rescue();
}

Result<format::ImageInfo> RescueBoot::image_in(const Slot& slot) {
  const ChipFacts chip = facts();
  Flash& flash = boot_.flash(slot);
  const format::ImageExpectation expected{.chip = chip.chip,
                                          .chip_revision = chip.revision,
                                          .ignore_max_revision = chip.ignore_max_revision,
                                          .efuse_block_revision = chip.block_revision,
                                          .capacity = flash.size()};
  return format::verify_image(flash, expected, verifier_, scratch_);
}

Result<> RescueBoot::rescue_whole() {
  const std::optional<Slot> app = rescue();
  const bool whole = app && image_in(*app).has_value();
  return whole ? Result<>{} : fail(Code::rescue_broken, Where::boot);
}

// A request without the choice says nothing: the app that starts drops it.
Result<> RescueBoot::into_rescue(RescueReason reason) {
  UPDRAFT_TRY(rescue_whole());
  next_.reason = reason;
  const Result<crypto::Sha256Digest> ran = format::appended_digest(boot_.flash(running()));
  next_.ran = ran ? *ran : crypto::Sha256Digest{};
  if (memory_ != nullptr) UPDRAFT_TRY(memory_->leave(next_));
  return boot_.select(*rescue());
}

RescueBoot::Started RescueBoot::start(Cause cause) {
  if (in_rescue()) {
    if (memory_ != nullptr) (void)memory_->counter().close();
    const std::optional<RescueRequest> asked = request();
    const RescueReason told = asked ? asked->reason : RescueReason::asked;
    return {.reason = rejected_slot() ? RescueReason::trial_failed : told};
  }
  if (memory_ == nullptr) return {};
  Started here{.rescue_broken = own_update_ != nullptr && own_update_->was_cut_off()};
  if (!here.rescue_broken) (void)memory_->drop();
  const bool counts = cause == Cause::crash || (cause == Cause::power && rules_.count_power_on);
  if (!counts) return here;
  const Result<unsigned> starts = memory_->counter().count();
  const bool goes = starts && *starts >= kBootAttempts;
  const Started gone = goes ? leave() : here;
  return gone.restarts ? gone : here;
}

// What runs cannot stay up. An app that lost its trial is no way out.
RescueBoot::Started RescueBoot::leave() {
  Started gone{.restarts = true, .reason = RescueReason::boot_loop};
  const Result<Slot> other = boot_.update_slot();
  const std::optional<RejectedSlot> rejected = boot_.rejected_slot();
  const bool lost = rejected && other && rejected->slot == *other;
  if (other && !lost && image_in(*other) && boot_.select(*other)) {
    gone.reason.reset();
  } else if (!into_rescue(RescueReason::boot_loop)) {
    return {};
  }
  (void)memory_->counter().close();
  return gone;
}

void RescueBoot::healthy() {
  if (memory_ != nullptr && !in_rescue()) (void)memory_->counter().close();
}

Result<Slot> RescueBoot::update_slot() const {
  if (aimed()) return *rescue();
  if (!hands_over()) return boot_.update_slot();
  if (restart_due_) return fail(Code::busy, Where::device);
  return running();
}

// The head has been judged, and nothing was written.
Result<> RescueBoot::forget(const Slot& slot) {
  if (aimed()) return own_update_->enter();
  if (!hands_over()) return boot_.forget(slot);
  UPDRAFT_TRY(into_rescue(RescueReason::update));
  restart_due_ = true;
  return fail(Code::rescue_first, Where::boot);
}

Result<> RescueBoot::select(const Slot& slot) {
  if (slot.index == Slot::kFactory && rescue()) return into_rescue(RescueReason::asked);
  UPDRAFT_TRY(boot_.select(slot));
  if (in_rescue() && memory_ != nullptr) (void)memory_->drop();  // it was answered
  return {};
}

Result<> RescueBoot::confirm() {
  UPDRAFT_TRY(boot_.confirm());
  healthy();
  return {};
}

// ESP-IDF gives nothing up where no other slot has an image. Unconfirmed, the restart does it: then
// no record is left that boots, and the rescue app starts.
Result<> RescueBoot::reject() {
  if (!hands_over()) return boot_.reject();
  return rescue_whole() ? Result<>{} : fail(Code::no_other_image, Where::boot);
}

Result<> RescueBoot::go_back() {
  const auto none = fail(Code::no_other_image, Where::boot);
  const std::optional<RescueRequest> asked = request();
  if (!in_rescue() || !asked || asked->reason != RescueReason::update) return none;
  if (!one_slot() || rejected_slot()) return none;
  const Slot app = calls_.slot(0);
  const Result<format::ImageInfo> image = image_in(app);
  if (!image || !same_bytes(image->digest, asked->ran)) return none;
  UPDRAFT_TRY(boot_.select(app));
  // It was confirmed before. If this fails it is on trial, and confirms itself as it did then.
  (void)calls_.mark_app_valid_cancel_rollback();
  return memory_->drop();
}

}  // namespace updraft
