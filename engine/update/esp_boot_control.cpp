#include "engine/update/esp_boot_control.hpp"

#include <algorithm>

#include "engine/format/image_in_flash.hpp"
#include "engine/format/partition_types.hpp"

namespace updraft {
namespace {

constexpr bool is_rejected(OtaState state) {
  return state == OtaState::aborted || state == OtaState::invalid;
}

Result<> result_of(OtaErr err) {
  switch (err) {
    case OtaErr::ok:
      return {};
    case OtaErr::validate_failed:
      return fail(Code::image_mismatch, Where::boot);
    case OtaErr::small_sec_ver:
      return fail(Code::secure_version_low, Where::boot);
    case OtaErr::rollback_failed:
      return fail(Code::no_other_image, Where::boot);
    default:
      return fail(Code::flash, Where::otadata, static_cast<std::uint32_t>(err));
  }
}

}  // namespace

Result<Slot> EspBootControl::update_slot() const {
  const std::optional<Slot> next = calls_.get_next_update_partition();
  if (!next || *next == running()) return fail(Code::no_other_image, Where::table);
  return *next;
}

Result<> EspBootControl::select(const Slot& slot) {
  UPDRAFT_TRY(keep_running_record(slot));
  return choose(slot);
}

Result<> EspBootControl::choose(const Slot& slot) {
  if (!format::has_descriptor(calls_.flash(slot))) return fail(Code::image_mismatch, Where::boot);
  return result_of(calls_.set_boot_partition(slot));
}

// False after a fallback, and always for a factory or test app.
bool EspBootControl::newest_record_is_ours() const {
  const Slot own = running();
  return own.has_record() && calls_.get_boot_partition() == own;
}

// After a fallback the newest record is another image's. If it names the target, that record is the
// one to be rewritten, and nothing has to be done. Else the running image becomes the choice again,
// confirmed, so that its record is not the one to be overwritten.
Result<> EspBootControl::keep_running_record(const Slot& target) {
  const Slot own = running();
  if (!own.has_record()) return {};
  const std::optional<Slot> chosen = calls_.get_boot_partition();
  if (chosen == own || chosen == target) return {};
  UPDRAFT_TRY(choose(own));
  return result_of(calls_.mark_app_valid_cancel_rollback());
}

Result<> EspBootControl::confirm() {
  if (!newest_record_is_ours()) return {};
  return result_of(calls_.mark_app_valid_cancel_rollback());
}

Result<> EspBootControl::reject() {
  if (!newest_record_is_ours() || !rollback_is_safe()) {
    return fail(Code::no_other_image, Where::boot);
  }
  return result_of(calls_.mark_app_invalid_rollback());
}

// The slot that the call verifies is that of the other record, if that may boot.
bool EspBootControl::rollback_is_safe() const {
  for (int i = 0; i < format::kMaxOtaSlots; ++i) {
    const std::optional<Slot> slot = calls_.find_slot(i);
    if (!slot || *slot == running()) continue;
    const std::optional<OtaState> state = calls_.get_state_partition(*slot);
    const bool may_boot = state && !is_rejected(*state);
    if (may_boot && !format::has_descriptor(calls_.flash(*slot))) return false;
  }
  return true;
}

// The one that an update would go to comes first.
std::optional<RejectedSlot> EspBootControl::rejected_slot() {
  const int after = std::max(running().index, Slot::kFactory);
  for (int i = 1; i <= format::kMaxOtaSlots; ++i) {
    const std::optional<Slot> slot = calls_.find_slot((after + i) % format::kMaxOtaSlots);
    if (!slot || *slot == running()) continue;
    const std::optional<OtaState> state = calls_.get_state_partition(*slot);
    if (state && is_rejected(*state)) return RejectedSlot{*slot, *state};
  }
  return std::nullopt;
}

}  // namespace updraft
