#include "ports/esp_idf/ota_calls.hpp"

#include "esp_idf_version.h"
#include "esp_ota_ops.h"
#include "ports/esp_idf/facts.hpp"

namespace updraft::esp_idf {
namespace {

static_assert(static_cast<esp_err_t>(OtaErr::validate_failed) == ESP_ERR_OTA_VALIDATE_FAILED);
static_assert(static_cast<esp_err_t>(OtaErr::small_sec_ver) == ESP_ERR_OTA_SMALL_SEC_VER);
static_assert(static_cast<esp_err_t>(OtaErr::rollback_failed) == ESP_ERR_OTA_ROLLBACK_FAILED);

OtaErr err_of(esp_err_t err) { return static_cast<OtaErr>(err); }

Slot slot_of(const esp_partition_t& partition) {
  auto index = static_cast<std::int8_t>(partition.subtype - ESP_PARTITION_SUBTYPE_APP_OTA_MIN);
  if (partition.subtype == ESP_PARTITION_SUBTYPE_APP_FACTORY) index = Slot::kFactory;
  if (partition.subtype == ESP_PARTITION_SUBTYPE_APP_TEST) index = Slot::kTest;
  return {index, Text<16>(std::string_view(partition.label))};
}

std::optional<Slot> slot_of(const esp_partition_t* partition) {
  if (partition == nullptr) return std::nullopt;
  return slot_of(*partition);
}

esp_partition_subtype_t subtype_of(int index) {
  if (index == Slot::kFactory) return ESP_PARTITION_SUBTYPE_APP_FACTORY;
  if (index == Slot::kTest) return ESP_PARTITION_SUBTYPE_APP_TEST;
  return static_cast<esp_partition_subtype_t>(ESP_PARTITION_SUBTYPE_APP_OTA_MIN + index);
}

const esp_partition_t* otadata_partition() {
  return esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_OTA, nullptr);
}

}  // namespace

IdfOtaCalls::IdfOtaCalls() {
  for (int index = int{Slot::kTest}; index < static_cast<int>(kSlots); ++index) {
    const esp_partition_t* app =
        esp_partition_find_first(ESP_PARTITION_TYPE_APP, subtype_of(index), nullptr);
    if (app != nullptr) flashes_[place_of(index)].emplace(*app);
  }
}

Slot IdfOtaCalls::get_running_partition() const {
  return slot_of(*esp_ota_get_running_partition());  // never NULL while an app runs
}

std::optional<Slot> IdfOtaCalls::get_boot_partition() {
  return slot_of(esp_ota_get_boot_partition());
}

std::optional<Slot> IdfOtaCalls::get_next_update_partition() const {
  return slot_of(esp_ota_get_next_update_partition(nullptr));
}

OtaState IdfOtaCalls::get_state_partition(const Slot& slot) {
  esp_ota_img_states_t state = ESP_OTA_IMG_UNDEFINED;
  const esp_err_t err = esp_ota_get_state_partition(partition_of(slot), &state);
  return err == ESP_OK ? static_cast<OtaState>(state)  // the numbers are those of flash
                       : OtaState::undefined;
}

OtaErr IdfOtaCalls::set_boot_partition(const Slot& slot) {
  return err_of(esp_ota_set_boot_partition(partition_of(slot)));
}

OtaErr IdfOtaCalls::mark_app_valid_cancel_rollback() {
  return err_of(esp_ota_mark_app_valid_cancel_rollback());
}

OtaErr IdfOtaCalls::mark_app_invalid_rollback() {
#if ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 5, 0)
  return err_of(esp_ota_mark_app_invalid_rollback());
#else
  return err_of(esp_ota_mark_app_invalid_rollback_and_reboot());
#endif
}

SlotTable IdfOtaCalls::table() const {
  SlotTable table;
  table.otadata = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_OTA,
                                           nullptr) != nullptr;
  table.factory = partition_of({.index = Slot::kFactory}) != nullptr;
  for (int i = static_cast<int>(slots()); i < static_cast<int>(kSlots); ++i) {
    if (flashes_[place_of(i)]) table.numbered = false;
  }
  return table;
}

// As ESP-IDF counts them: up to the first gap.
std::uint32_t IdfOtaCalls::slots() const {
  int count = 0;
  while (count < static_cast<int>(kSlots) && flashes_[place_of(count)]) ++count;
  return static_cast<std::uint32_t>(count);
}

Slot IdfOtaCalls::slot(std::int8_t index) const { return slot_of(*partition_of({.index = index})); }

std::optional<format::OtaRecords> IdfOtaCalls::read_records() {
  format::OtaRecords records;
  const esp_partition_t* const otadata = otadata_partition();
  if (otadata == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < records.size(); ++i) {
    std::array<std::byte, format::kOtaRecordBytes> bytes;
    const std::size_t at = i * format::kOtaRecordSpacing;
    esp_err_t err = esp_partition_read_raw(otadata, at, bytes.data(), bytes.size());
    if (err == ESP_OK && otadata->encrypted && !is_erased(bytes)) {
      err = esp_partition_read(otadata, at, bytes.data(), bytes.size());
    }
    if (err != ESP_OK) return std::nullopt;
    records[i] = format::parse_ota_record(bytes);
  }
  return records;
}

OtaErr IdfOtaCalls::erase_record(std::size_t place) {
  const std::size_t at = place * format::kOtaRecordSpacing;
  return err_of(esp_partition_erase_range(otadata_partition(), at, format::kOtaRecordSpacing));
}

ChipFacts IdfOtaCalls::facts() const { return chip_facts(); }

const esp_partition_t* IdfOtaCalls::partition_of(const Slot& slot) const {
  const std::optional<PartitionFlash>& flash = flashes_[place_of(slot.index)];
  return flash ? &flash->partition() : nullptr;
}

}  // namespace updraft::esp_idf
