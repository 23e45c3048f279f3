#include "engine/update/esp_boot_control.hpp"

namespace updraft {
namespace {

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

// Not before the slot was written would ESP-IDF's calls find that it cannot be chosen.
Result<Slot> EspBootControl::update_slot() const {
  const SlotTable table = calls_.table();
  const std::optional<Slot> next = calls_.get_next_update_partition();
  const bool usable = next && *next != running();
  if (usable && table.otadata && table.numbered) return *next;
  const Reason why = !table.otadata          ? Reason::no_otadata
                     : !table.numbered       ? Reason::slot_gap
                     : next && table.factory ? Reason::only_slot_runs
                                             : Reason::one_slot;
  return fail(Code::no_other_image, Where::table, 0, 0, why);
}

bool EspBootControl::stands_for(const format::OtaRecord& record, const Slot& slot) const {
  const std::uint32_t slots = calls_.slots();
  const bool written = slots != 0 && !record.empty() && record.crc_ok();
  return written && static_cast<int>(format::slot_of(record.seq, slots)) == slot.index;
}

// Never leaves otadata without a record that boots the running image, unless that never had one: a
// factory app.
Result<> EspBootControl::forget(const Slot& slot) {
  const Slot own = running();
  bool ours_stays = own.index == Slot::kFactory;
  const auto unreadable = fail(Code::flash, Where::otadata);
  std::optional<format::OtaRecords> records = calls_.read_records();
  if (!records) return unreadable;
  for (const format::OtaRecord& record : *records) {
    ours_stays = ours_stays || (stands_for(record, own) && record.usable());
  }
  if (!ours_stays) {
    UPDRAFT_TRY(choose_running());
    records = calls_.read_records();
    if (!records) return unreadable;
  }
  for (std::size_t place = 0; place < records->size(); ++place) {
    if (!stands_for((*records)[place], slot)) continue;
    UPDRAFT_TRY(result_of(calls_.erase_record(place)));
  }
  return {};
}

Result<> EspBootControl::select(const Slot& slot) {
  UPDRAFT_TRY(keep_running_record(slot));
  return result_of(calls_.set_boot_partition(slot));
}

// False after a fallback, and always for a factory app: otadata has no record for it.
bool EspBootControl::newest_record_is_ours() const {
  const Slot own = running();
  return own.index != Slot::kFactory && calls_.get_boot_partition() == own;
}

// After a fallback the newest record is another image's. If it names the target, that record is the
// one to be rewritten, and nothing has to be done. Else the running image becomes the choice again,
// confirmed, so that its record is not the one to be overwritten.
Result<> EspBootControl::keep_running_record(const Slot& target) {
  const Slot own = running();
  if (own.index == Slot::kFactory) return {};
  const std::optional<Slot> chosen = calls_.get_boot_partition();
  return chosen == own || chosen == target ? Result<>{} : choose_running();
}

Result<> EspBootControl::choose_running() {
  UPDRAFT_TRY(result_of(calls_.set_boot_partition(running())));
  return result_of(calls_.mark_app_valid_cancel_rollback());
}

Result<> EspBootControl::confirm() {
  if (!newest_record_is_ours()) return {};
  return result_of(calls_.mark_app_valid_cancel_rollback());
}

Result<> EspBootControl::reject() {
  if (!newest_record_is_ours()) return fail(Code::no_other_image, Where::boot);
  return result_of(calls_.mark_app_invalid_rollback());
}

std::optional<DamagedRecord> EspBootControl::damaged_record() {
  const std::optional<format::OtaRecords> records = calls_.read_records();
  if (!records || calls_.slots() == 0) return std::nullopt;
  for (std::uint8_t place = 0; place < records->size(); ++place) {
    if (!(*records)[place].damaged()) continue;
    DamagedRecord damaged{.place = place, .chose = {}};
    if (const auto seq = format::seq_before_damage((*records)[place])) {
      const auto index = static_cast<std::int8_t>(format::slot_of(*seq, calls_.slots()));
      damaged.chose = calls_.slot(index);
    }
    return damaged;
  }
  return std::nullopt;
}

std::optional<RejectedSlot> EspBootControl::rejected_slot() {
  const std::optional<Slot> invalid = calls_.get_last_invalid_partition();
  if (!invalid || *invalid == running()) return std::nullopt;
  return RejectedSlot{*invalid, calls_.get_state_partition(*invalid)};
}

}  // namespace updraft
