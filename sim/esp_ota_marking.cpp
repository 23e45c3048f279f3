// OTA calls about how an image is doing: its state, confirming it, giving it up.
#include "sim/esp_ota.hpp"

namespace updraft::sim {

using format::OtaRecord;
using format::OtaState;
using format::Partition;
using format::PartitionType;

EspErr EspOta::get_state_partition(const Partition* partition, OtaState* out) {
  if (partition == nullptr || out == nullptr) return EspErr::invalid_arg;
  const bool is_slot =
      partition->type == PartitionType::app && (partition->subtype & 0xF0) == format::kAppOta0;
  if (!is_slot) return EspErr::not_supported;
  const std::optional<OtaData> data = read_otadata();
  if (!data) return EspErr::not_found;
  const std::optional<OtaState> state =
      state_of_slot(data->records(), partition->subtype & 0x0F, table_.application_ota_slots());
  if (!state) return EspErr::not_found;
  *out = *state;
  return EspErr::ok;
}

EspErr EspOta::mark_app_valid_cancel_rollback() {
  std::optional<OtaData> data = read_otadata();
  if (!data) return EspErr::not_found;
  const std::optional<std::size_t> newest = format::newest_usable(data->records());
  if (!newest || table_.application_ota_slots() == 0) return EspErr::fail;
  if ((*data)[*newest].state == OtaState::valid) return EspErr::ok;
  data->set_state(*newest, OtaState::valid);
  if (const EspErr err = write_record(*data, *newest); err != EspErr::ok) return err;
  if (!anti_rollback()) return EspErr::ok;
  const Result<format::AppDescriptor> running = reader_.description(*running_);
  return running ? efuse_.raise_secure_version(running->secure_version) : EspErr::not_found;
}

EspErr EspOta::mark_app_invalid_rollback() {
  std::optional<OtaData> data = read_otadata();
  if (!data) return EspErr::not_found;
  const std::optional<std::size_t> newest = format::newest_usable(data->records());
  if (!newest || table_.application_ota_slots() == 0) return EspErr::fail;
  if (!check_rollback_is_possible()) return EspErr::ota_rollback_failed;
  data->set_state(*newest, OtaState::invalid);
  return write_record(*data, *newest);
}

// The other record's slot, or the factory app if the other record is not usable.
bool EspOta::check_rollback_is_possible() {
  const std::optional<OtaData> data = read_otadata();
  if (!data || table_.application_ota_slots() == 0) return false;
  const std::optional<std::size_t> newest = format::newest_usable(data->records());
  if (!newest) return false;
  const OtaRecord& other = (*data)[1 - *newest];
  if (!other.usable()) {
    const Partition* const factory = table_.find(PartitionType::app, format::kAppFactory);
    return !anti_rollback() && factory != nullptr && verify(*factory).has_value();
  }
  const Partition* const slot = slot_of(other);
  if (slot == nullptr) return false;
  const Result<format::ImageInfo> image = verify(*slot);
  if (!image) return false;
  return !anti_rollback() || (image->has_descriptor && efuse_.accepts(image->app.secure_version));
}

const Partition* EspOta::get_last_invalid_partition() {
  const std::optional<OtaData> data = read_otadata();
  if (!data) return nullptr;
  const OtaRecord* oldest = nullptr;
  for (const OtaRecord& record : data->records()) {
    const bool refused = record.state == OtaState::invalid || record.state == OtaState::aborted;
    if (record.empty() || !record.crc_ok() || !refused) continue;
    if (oldest == nullptr || record.seq < oldest->seq) oldest = &record;
  }
  if (oldest == nullptr) return nullptr;
  const Partition* const slot = slot_of(*oldest);
  return slot != nullptr && verify(*slot) ? slot : nullptr;
}

EspErr EspOta::erase_last_boot_app_partition() {
  const std::optional<OtaData> data = read_otadata();
  std::size_t record = 0;
  const Partition* const slot = data ? inactive_slot(*data, record) : nullptr;
  if (slot == nullptr) return EspErr::fail;
  if (const EspErr err = erase_range(*slot, 0, slot->size); err != EspErr::ok) return err;
  return erase_record(record);
}

EspErr EspOta::invalidate_inactive_ota_data_slot() {
  const std::optional<OtaData> data = read_otadata();
  std::size_t record = 0;
  if (!data || inactive_slot(*data, record) == nullptr) return EspErr::fail;
  return erase_record(record);
}

// The slot of the record that is not the newest usable one, whatever its state; nullptr if there
// is none, or if it is the running one.
const Partition* EspOta::inactive_slot(const OtaData& data, std::size_t& record) const {
  const std::optional<std::size_t> newest = format::newest_usable(data.records());
  if (!newest) return nullptr;
  record = 1 - *newest;
  if (data[record].empty() || !data[record].crc_ok()) return nullptr;
  const Partition* const slot = slot_of(data[record]);
  return slot == running_ ? nullptr : slot;
}

}  // namespace updraft::sim
