#include "sim/esp_boot_control.hpp"

namespace updraft::sim {
namespace {

Result<> result_of(EspErr err) {
  switch (err) {
    case EspErr::ok:
      return {};
    case EspErr::ota_validate_failed:
      return fail(Code::image_mismatch, Where::boot);
    case EspErr::ota_small_sec_ver:
      return fail(Code::secure_version_low, Where::boot);
    case EspErr::ota_rollback_failed:
      return fail(Code::no_other_image, Where::boot);
    default:
      return fail(Code::flash, Where::otadata, static_cast<std::uint32_t>(err));
  }
}

std::size_t window_index(const Slot& slot) { return static_cast<std::size_t>(slot.index + 1); }

}  // namespace

EspBootControl::EspBootControl(Flash& flash, const format::PartitionTable& table, EspOta& ota,
                               const Efuse& efuse, BootBuild build,
                               const format::Partition& running)
    : table_(table), ota_(ota), efuse_(efuse), build_(build), running_(running) {
  for (const format::Partition& partition : table.entries()) {
    if (partition.type != format::PartitionType::app) continue;
    windows_[window_index(slot_of(partition))].emplace(flash, partition.offset, partition.size);
  }
}

ChipFacts EspBootControl::facts() const {
  return {.chip = efuse_.chip,
          .revision = efuse_.revision,
          .block_revision = efuse_.block_revision,
          .ignore_max_revision = efuse_.ignore_max_revision,
          .secure_version = build_ == BootBuild::anti_rollback ? efuse_.secure_version() : 0};
}

OtaState EspBootControl::running_state() const {
  OtaState state = OtaState::undefined;
  return ota_.get_state_partition(&running_, &state) == EspErr::ok ? state : OtaState::undefined;
}

Result<Slot> EspBootControl::update_slot() const {
  const format::Partition* next = ota_.get_next_update_partition();
  if (next == nullptr || *next == running_) return fail(Code::no_other_image, Where::table);
  return slot_of(*next);
}

Flash& EspBootControl::flash(const Slot& slot) { return *windows_[window_index(slot)]; }

Result<> EspBootControl::select(const Slot& slot) {
  return result_of(ota_.set_boot_partition_skip_validate(partition_of(slot)));
}

// The mark acts on the newest record, which after a fallback is another slot's: then there is
// nothing to confirm.
Result<> EspBootControl::confirm() {
  const format::Partition* chosen = ota_.get_boot_partition();
  if (chosen == nullptr || *chosen != running_) return {};
  return result_of(ota_.mark_app_valid_cancel_rollback());
}

Result<> EspBootControl::reject() { return result_of(ota_.mark_app_invalid_rollback()); }

std::optional<RejectedSlot> EspBootControl::rejected_slot() {
  const format::Partition* invalid = ota_.get_last_invalid_partition();
  if (invalid == nullptr || *invalid == running_) return std::nullopt;
  RejectedSlot rejected{slot_of(*invalid), OtaState::aborted};
  (void)ota_.get_state_partition(invalid, &rejected.state);
  return rejected;
}

Slot EspBootControl::slot_of(const format::Partition& partition) {
  const bool is_ota = partition.subtype >= format::kAppOta0 &&
                      partition.subtype < format::kAppOta0 + format::kMaxOtaSlots;
  const int index = is_ota ? partition.subtype - format::kAppOta0 : Slot::kFactory;
  return {static_cast<std::int8_t>(index), partition.label};
}

const format::Partition* EspBootControl::partition_of(const Slot& slot) const {
  if (slot.index == Slot::kFactory) return table_.find(format::PartitionType::app, 0);
  return table_.ota_slot(static_cast<std::uint32_t>(slot.index));
}

}  // namespace updraft::sim
