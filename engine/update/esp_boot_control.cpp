#include "engine/update/esp_boot_control.hpp"

#include "engine/format/image_in_flash.hpp"

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

std::optional<Slot> EspBootControl::factory() const {
  const bool there = calls_.table().factory && running().index != Slot::kFactory;
  return there ? std::optional(calls_.slot(Slot::kFactory)) : std::nullopt;
}

std::optional<Slot> EspBootControl::slot_of(const format::OtaRecord& record) const {
  const std::uint32_t slots = calls_.slots();
  if (slots == 0 || record.empty() || !record.crc_ok()) return std::nullopt;
  return calls_.slot(static_cast<std::int8_t>(format::slot_of(record.seq, slots)));
}

// Never leaves otadata without a record that boots the running image, unless that never had one: a
// factory or test app.
Result<> EspBootControl::forget(const Slot& slot) {
  const Slot own = running();
  bool ours_stays = !own.has_record();
  const auto unreadable = fail(Code::flash, Where::otadata);
  std::optional<format::OtaRecords> records = calls_.read_records();
  if (!records) return unreadable;
  for (const format::OtaRecord& record : *records) {
    ours_stays = ours_stays || (slot_of(record) == own && record.usable());
  }
  if (!ours_stays) {
    UPDRAFT_TRY(choose_running());
    records = calls_.read_records();
    if (!records) return unreadable;
  }
  for (std::size_t place = 0; place < records->size(); ++place) {
    if (slot_of((*records)[place]) != slot) continue;
    UPDRAFT_TRY(result_of(calls_.erase_record(place)));
  }
  return {};
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
  return chosen == own || chosen == target ? Result<>{} : choose_running();
}

Result<> EspBootControl::choose_running() {
  UPDRAFT_TRY(choose(running()));
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
  const std::optional<format::OtaRecords> records = calls_.read_records();
  if (!records) return false;
  for (const format::OtaRecord& record : *records) {
    const std::optional<Slot> slot = slot_of(record);
    if (!slot || *slot == running() || !record.usable()) continue;
    if (!format::has_descriptor(calls_.flash(*slot))) return false;
  }
  return true;
}

std::optional<DamagedRecord> EspBootControl::damaged_record() {
  const std::optional<format::OtaRecords> records = calls_.read_records();
  if (!records || calls_.slots() == 0) return std::nullopt;
  for (std::size_t place = 0; place < records->size(); ++place) {
    if (!(*records)[place].damaged()) continue;
    DamagedRecord damaged{.place = static_cast<std::uint8_t>(place), .chose = {}};
    if (const auto seq = format::seq_before_damage((*records)[place])) {
      const auto index = static_cast<std::int8_t>(format::slot_of(*seq, calls_.slots()));
      damaged.chose = calls_.slot(index);
    }
    return damaged;
  }
  return std::nullopt;
}

// By its record alone. Of two the newer one: what was tried last.
std::optional<RejectedSlot> EspBootControl::rejected_slot() {
  const std::optional<format::OtaRecords> records = calls_.read_records();
  std::optional<RejectedSlot> last;
  std::uint32_t newest = 0;
  for (std::size_t i = 0; records && i < records->size(); ++i) {
    const format::OtaRecord& record = (*records)[i];
    const std::optional<Slot> slot = slot_of(record);
    if (!slot || *slot == running() || !is_rejected(record.state)) continue;
    if (last && record.seq < newest) continue;
    last = RejectedSlot{*slot, record.state};
    newest = record.seq;
  }
  return last;
}

}  // namespace updraft
