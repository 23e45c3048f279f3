// What all OTA calls share: looking up partitions, reading otadata, checked access to flash.
#include "sim/esp_ota.hpp"

#include "sim/chip_aborts.hpp"

namespace updraft::sim {

using format::Partition;
using format::PartitionType;

EspOta::EspOta(Flash& flash, const format::PartitionTable& table, Efuse& efuse, BootBuild build,
               const Partition& running)
    : flash_(flash),
      table_(table),
      efuse_(efuse),
      build_(build),
      running_(find(&running)),
      reader_(flash, efuse) {}

const Partition* EspOta::find(const Partition* partition) const {
  for (const Partition& entry : table_.entries()) {
    if (partition != nullptr && entry == *partition) return &entry;
  }
  return nullptr;
}

Result<format::ImageInfo> EspOta::verify(const Partition& app) {
  if (anti_rollback() && reader_.has_an_app_without_descriptor(app)) {
    chip_aborts("esp_image_verify(): a sound header, and no app descriptor after it");
  }
  return reader_.verify(app);
}

const Partition* EspOta::otadata_partition() const {
  return table_.find(PartitionType::data, format::kDataOta);
}

std::optional<OtaData> EspOta::read_otadata() {
  OtaData data;
  const Partition* partition = otadata_partition();
  if (partition == nullptr || !data.read(flash_, *partition)) return std::nullopt;
  return data;
}

const Partition* EspOta::slot_of(const format::OtaRecord& record) const {
  const std::uint32_t slots = table_.application_ota_slots();
  return slots == 0 ? nullptr : table_.ota_slot(format::slot_of(record.seq, slots));
}

EspErr EspOta::erase_range(const Partition& partition, std::uint32_t offset, std::uint64_t length) {
  if (partition.readonly()) return EspErr::not_allowed;
  if (offset > partition.size) return EspErr::invalid_arg;
  if (!inside(offset, length, partition.size)) return EspErr::invalid_size;
  FlashWindow window(flash_, partition.offset, partition.size);
  return window.erase(offset, static_cast<std::uint32_t>(length)) ? EspErr::ok
                                                                  : EspErr::flash_op_fail;
}

EspErr EspOta::erase_record(std::size_t record) {
  const auto offset = static_cast<std::uint32_t>(record) * format::kOtaRecordSpacing;
  return erase_range(*otadata_partition(), offset, format::kOtaRecordSpacing);
}

EspErr EspOta::write_record(const OtaData& data, std::size_t record) {
  if (const EspErr err = erase_record(record); err != EspErr::ok) return err;
  const auto offset = static_cast<std::uint32_t>(record) * format::kOtaRecordSpacing;
  return write_range(*otadata_partition(), offset, data.bytes(record));
}

EspErr EspOta::write_range(const Partition& partition, std::uint32_t offset, Bytes data) {
  if (partition.readonly()) return EspErr::not_allowed;
  if (offset > partition.size) return EspErr::invalid_arg;
  if (!inside(offset, data.size(), partition.size)) return EspErr::invalid_size;
  FlashWindow window(flash_, partition.offset, partition.size);
  return window.program(offset, data) ? EspErr::ok : EspErr::flash_op_fail;
}

}  // namespace updraft::sim
