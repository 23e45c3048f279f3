#include "ports/esp_idf/boot_control.hpp"

#include "esp_idf_version.h"
#include "esp_ota_ops.h"
#include "ports/esp_idf/esp_result.hpp"
#include "ports/esp_idf/facts.hpp"

namespace updraft::esp_idf {
namespace {

Slot slot_of(const esp_partition_t& partition) {
  const int number = partition.subtype - ESP_PARTITION_SUBTYPE_APP_OTA_MIN;
  const bool is_ota = number >= 0 && number < 16;
  return {static_cast<std::int8_t>(is_ota ? number : Slot::kFactory),
          Text<16>(std::string_view(partition.label))};
}

esp_partition_subtype_t subtype_of(std::int8_t index) {
  if (index == Slot::kFactory) return ESP_PARTITION_SUBTYPE_APP_FACTORY;
  return static_cast<esp_partition_subtype_t>(ESP_PARTITION_SUBTYPE_APP_OTA_MIN + index);
}

OtaState state_of(const esp_partition_t* partition) {
  esp_ota_img_states_t state = ESP_OTA_IMG_UNDEFINED;
  if (esp_ota_get_state_partition(partition, &state) != ESP_OK) return OtaState::undefined;
  return static_cast<OtaState>(state);  // the numbers are those of flash
}

Result<> result_of_ota(esp_err_t err) {
  switch (err) {
    case ESP_ERR_OTA_VALIDATE_FAILED:
      return result_of(err, Where::boot, Code::image_mismatch);
    case ESP_ERR_OTA_SMALL_SEC_VER:
      return result_of(err, Where::boot, Code::secure_version_low);
    case ESP_ERR_OTA_ROLLBACK_FAILED:
      return result_of(err, Where::boot, Code::no_other_image);
    default:
      return result_of(err, Where::otadata);
  }
}

// Before 5.5 the call restarts the chip at once where it works.
esp_err_t mark_invalid() {
#if ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 5, 0)
  return esp_ota_mark_app_invalid_rollback();
#else
  return esp_ota_mark_app_invalid_rollback_and_reboot();
#endif
}

}  // namespace

EspBootControl::EspBootControl() : running_(esp_ota_get_running_partition()) {
  for (std::size_t i = 0; i < flashes_.size(); ++i) {
    const esp_partition_t* app = esp_partition_find_first(
        ESP_PARTITION_TYPE_APP, subtype_of(static_cast<std::int8_t>(static_cast<int>(i) - 1)),
        nullptr);
    if (app != nullptr) flashes_[i].emplace(*app);
  }
}

ChipFacts EspBootControl::facts() const { return chip_facts(); }
Slot EspBootControl::running() const { return slot_of(*running_); }
OtaState EspBootControl::running_state() const { return state_of(running_); }

Result<Slot> EspBootControl::update_slot() const {
  const esp_partition_t* next = esp_ota_get_next_update_partition(nullptr);
  if (next == nullptr || next->address == running_->address) {
    return fail(Code::no_other_image, Where::table);
  }
  return slot_of(*next);
}

Flash& EspBootControl::flash(const Slot& slot) {
  return *flashes_[static_cast<std::size_t>(slot.index + 1)];
}

Result<> EspBootControl::select(const Slot& slot) {
  const esp_partition_t& target = flashes_[static_cast<std::size_t>(slot.index + 1)]->partition();
  UPDRAFT_TRY(keep_running_record(target));
  return result_of_ota(esp_ota_set_boot_partition(&target));
}

bool EspBootControl::runs_what_boots() const {
  const esp_partition_t* chosen = esp_ota_get_boot_partition();
  return chosen != nullptr && chosen->address == running_->address;
}

// After a fallback the newest record is another image's. If it stands for the target, it is the one
// that will be rewritten, and all is well. Else the running image becomes the choice again,
// confirmed, so that its record is not the one to be overwritten. A factory app has no record to
// lose.
Result<> EspBootControl::keep_running_record(const esp_partition_t& target) {
  if (runs_what_boots() || running().index == Slot::kFactory) return {};
  const esp_partition_t* chosen = esp_ota_get_boot_partition();
  if (chosen != nullptr && chosen->address == target.address) return {};
  UPDRAFT_TRY(result_of_ota(esp_ota_set_boot_partition(running_)));
  return result_of_ota(esp_ota_mark_app_valid_cancel_rollback());
}

Result<> EspBootControl::confirm() {
  if (!runs_what_boots()) return {};
  return result_of_ota(esp_ota_mark_app_valid_cancel_rollback());
}

Result<> EspBootControl::reject() {
  if (!runs_what_boots()) return fail(Code::no_other_image, Where::boot);
  return result_of_ota(mark_invalid());
}

std::optional<RejectedSlot> EspBootControl::rejected_slot() {
  const esp_partition_t* invalid = esp_ota_get_last_invalid_partition();
  if (invalid == nullptr || invalid->address == running_->address) return std::nullopt;
  return RejectedSlot{slot_of(*invalid), state_of(invalid)};
}

}  // namespace updraft::esp_idf
