#include "sim/ota_calls.hpp"

namespace updraft::sim {
namespace {

static_assert(static_cast<EspErr>(OtaErr::validate_failed) == EspErr::ota_validate_failed);
static_assert(static_cast<EspErr>(OtaErr::small_sec_ver) == EspErr::ota_small_sec_ver);
static_assert(static_cast<EspErr>(OtaErr::rollback_failed) == EspErr::ota_rollback_failed);

// NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): the other codes pass through
OtaErr err_of(EspErr err) { return static_cast<OtaErr>(err); }

std::size_t window_index(const Slot& slot) {
  return static_cast<std::size_t>(slot.index - Slot::kTest);
}

Slot slot_of(const format::Partition& partition) {
  auto index = static_cast<std::int8_t>(partition.subtype - format::kAppOta0);
  if (partition.subtype == format::kAppFactory) index = Slot::kFactory;
  if (partition.subtype == format::kAppTest) index = Slot::kTest;
  return {index, partition.label};
}

bool is_bootable(const format::Partition& partition) {  // no TEE app
  return partition.type == format::PartitionType::app && partition.subtype <= format::kAppTest;
}

std::optional<Slot> slot_of(const format::Partition* partition) {
  if (partition == nullptr) return std::nullopt;
  return slot_of(*partition);
}

}  // namespace

ModelOtaCalls::ModelOtaCalls(Flash& flash, const format::PartitionTable& table, EspOta& ota,
                             const Efuse& efuse, BootBuild build)
    : flash_(flash), table_(table), ota_(ota), efuse_(efuse), build_(build) {
  for (const format::Partition& partition : table.entries()) {
    if (!is_bootable(partition)) continue;
    windows_[window_index(slot_of(partition))].emplace(flash, partition.offset, partition.size);
  }
}

Slot ModelOtaCalls::get_running_partition() const { return slot_of(*ota_.get_running_partition()); }

std::optional<Slot> ModelOtaCalls::get_boot_partition() {
  return slot_of(ota_.get_boot_partition());
}

std::optional<Slot> ModelOtaCalls::get_next_update_partition() const {
  return slot_of(ota_.get_next_update_partition());
}

OtaState ModelOtaCalls::get_state_partition(const Slot& slot) {
  OtaState state = OtaState::undefined;
  const EspErr err = ota_.get_state_partition(partition_of(slot), &state);
  return err == EspErr::ok ? state : OtaState::undefined;
}

OtaErr ModelOtaCalls::set_boot_partition(const Slot& slot) {
  return err_of(ota_.set_boot_partition_skip_validate(partition_of(slot)));
}

OtaErr ModelOtaCalls::mark_app_valid_cancel_rollback() {
  return err_of(ota_.mark_app_valid_cancel_rollback());
}

OtaErr ModelOtaCalls::mark_app_invalid_rollback() {
  return err_of(ota_.mark_app_invalid_rollback());
}

SlotTable ModelOtaCalls::table() const {
  using enum format::PartitionType;
  return {.otadata = table_.find(data, format::kDataOta) != nullptr,
          .numbered = table_.application_ota_slots() == table_.bootloader_ota_slots(),
          .factory = table_.find(app, format::kAppFactory) != nullptr};
}

Slot ModelOtaCalls::slot(std::int8_t index) const {
  return slot_of(*partition_of({.index = index}));
}

std::optional<OtaData> ModelOtaCalls::otadata() {
  OtaData data;
  const format::Partition* const own = table_.find(format::PartitionType::data, format::kDataOta);
  if (own == nullptr || !data.read(flash_, *own)) return std::nullopt;
  return data;
}

std::optional<format::OtaRecords> ModelOtaCalls::read_records() {
  const std::optional<OtaData> data = otadata();
  if (!data) return std::nullopt;
  format::OtaRecords records = data->records();
  for (format::OtaRecord& record : records) {
    // Behind a cipher this model sees no cells: what is damaged may be erased, and counts as that.
    if (record.damaged() && !flash_.erased_reads_blank()) record = {};
  }
  return records;
}

OtaErr ModelOtaCalls::erase_record(std::size_t place) {
  const std::optional<OtaData> data = otadata();
  const bool erased = data && data->erase(flash_, place);
  return err_of(erased ? EspErr::ok : EspErr::flash_op_fail);
}

ChipFacts ModelOtaCalls::facts() const {
  return {.chip = efuse_.chip,
          .revision = efuse_.revision,
          .block_revision = efuse_.block_revision,
          .ignore_max_revision = efuse_.ignore_max_revision,
          .secure_version = build_ == BootBuild::anti_rollback ? efuse_.secure_version() : 0};
}

Flash& ModelOtaCalls::flash(const Slot& slot) { return *windows_[window_index(slot)]; }

const format::Partition* ModelOtaCalls::partition_of(const Slot& slot) const {
  using format::PartitionType;
  if (slot.index == Slot::kFactory) return table_.find(PartitionType::app, format::kAppFactory);
  if (slot.index == Slot::kTest) return table_.find(PartitionType::app, format::kAppTest);
  return table_.ota_slot(static_cast<std::uint32_t>(slot.index));
}

}  // namespace updraft::sim
