// OTA calls that choose: which partition boots next, which one an update goes to.
#include "sim/esp_ota.hpp"

namespace updraft::sim {

using format::OtaState;
using format::Partition;
using format::PartitionType;

EspErr EspOta::set_boot_partition(const Partition* partition) {
  if (partition == nullptr) return EspErr::invalid_arg;
  if (!verify(*partition)) return EspErr::ota_validate_failed;
  return set_boot_partition_skip_validate(partition);
}

EspErr EspOta::set_boot_partition_skip_validate(const Partition* partition) {
  if (partition == nullptr) return EspErr::invalid_arg;
  if (partition->type != PartitionType::app) return EspErr::invalid_arg;
  if (partition->subtype == format::kAppFactory) {
    const Partition* const otadata = otadata_partition();
    if (otadata == nullptr) return EspErr::not_found;
    return erase_range(*otadata, 0, otadata->size);
  }
  if (anti_rollback()) {
    const Result<format::AppDescriptor> description = reader_.description(*partition);
    if (!description) return EspErr::not_found;
    if (!efuse_.accepts(description->secure_version)) {
      const EspErr erased = erase_range(*partition, 0, partition->size);
      return erased != EspErr::ok ? erased : EspErr::ota_small_sec_ver;
    }
  }
  return rewrite_otadata(partition->subtype & 0x0F);
}

// Never touches the newest usable record, unless it stands for that slot already.
EspErr EspOta::rewrite_otadata(std::uint32_t slot) {
  std::optional<OtaData> data = read_otadata();
  if (!data) return EspErr::not_found;
  const std::uint32_t slots = table_.application_ota_slots();
  if (slot >= slots) return EspErr::invalid_arg;
  const OtaState state = rolls_back() ? OtaState::new_image : OtaState::undefined;
  const std::optional<std::size_t> newest = format::newest_usable(data->records());
  std::size_t record = 0;
  std::uint32_t seq = slot + 1;
  if (newest) {
    const std::uint32_t newest_seq = (*data)[*newest].seq;
    const bool same = format::slot_of(newest_seq, slots) == slot;
    record = same ? *newest : 1 - *newest;
    seq = same ? newest_seq : format::next_seq(newest_seq, slot, slots);
    if (!same && seq == 0) return EspErr::fail;  // 32 bits are used up
  }
  data->set(record, seq, state);
  return write_record(*data, record);
}

const Partition* EspOta::get_boot_partition() {
  const std::optional<OtaData> data = read_otadata();
  if (!data) return nullptr;
  const std::optional<std::size_t> newest = format::newest_usable(data->records());
  if (!newest || table_.application_ota_slots() == 0) return default_boot_partition();
  return slot_of((*data)[*newest]);
}

const Partition* EspOta::default_boot_partition() const {
  const Partition* const factory = table_.find(PartitionType::app, format::kAppFactory);
  if (factory != nullptr) return factory;
  for (std::uint32_t i = 0; i < format::kMaxOtaSlots; ++i) {
    if (const Partition* const slot = table_.ota_slot(i); slot != nullptr) return slot;
  }
  return table_.find(PartitionType::app, format::kAppTest);
}

// The slot after `start_from` in the order of subtypes, from the last one to the lowest.
const Partition* EspOta::get_next_update_partition(const Partition* start_from) const {
  const Partition* const from = start_from == nullptr ? running_ : find(start_from);
  const Partition* lowest = nullptr;
  bool passed = false;
  for (std::uint32_t i = 0; i < format::kMaxOtaSlots; ++i) {
    const Partition* const slot = table_.ota_slot(i);
    if (slot == nullptr) continue;
    if (passed) return slot;
    if (lowest == nullptr) lowest = slot;
    passed = slot == from;
  }
  return lowest;
}

}  // namespace updraft::sim
