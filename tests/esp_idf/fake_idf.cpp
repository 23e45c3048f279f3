// The functions declared in tests/esp_idf/include, on the FakeChip.
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "engine/crypto/hmac.hpp"
#include "esp_app_desc.h"
#include "esp_chip_info.h"
#include "esp_efuse.h"
#include "esp_event.h"
#include "esp_heap_caps.h"
#include "esp_hmac.h"
#include "esp_log.h"
#include "esp_ota_ops.h"
#include "esp_timer.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "hal/efuse_hal.h"
#include "nvs.h"
#include "tests/esp_idf/fake_chip.hpp"

using updraft::Bytes;
using updraft::FlashWindow;
using updraft::MutableBytes;
using updraft::esp_idf::chip;
using updraft::sim::EspErr;

namespace {

esp_err_t code(EspErr err) { return static_cast<esp_err_t>(err); }
esp_err_t code(const updraft::Result<>& result) {
  return result ? ESP_OK : code(EspErr::flash_op_fail);
}

FlashWindow window(const esp_partition_t& partition) {
  return {chip().flash(), partition.address, partition.size};
}

esp_err_t check(const esp_partition_t& partition, std::size_t offset, std::size_t size) {
  if (offset > partition.size) return ESP_ERR_INVALID_ARG;
  return size > partition.size - offset ? ESP_ERR_INVALID_SIZE : ESP_OK;
}

}  // namespace

extern "C" {

const esp_partition_t* esp_partition_find_first(esp_partition_type_t type,
                                                esp_partition_subtype_t subtype,
                                                const char* label) {
  return chip().find(type, subtype, label);
}

esp_err_t esp_partition_read(const esp_partition_t* partition, size_t offset, void* dst,
                             size_t size) {
  if (const esp_err_t err = check(*partition, offset, size); err != ESP_OK) return err;
  return code(window(*partition)
                  .read(static_cast<std::uint32_t>(offset),
                        MutableBytes(static_cast<std::byte*>(dst), size)));
}

esp_err_t esp_partition_write(const esp_partition_t* partition, size_t offset, const void* src,
                              size_t size) {
  if (partition->readonly) return 0x10D;  // not allowed
  if (const esp_err_t err = check(*partition, offset, size); err != ESP_OK) return err;
  if (partition->encrypted && (offset % 16 != 0 || size % 16 != 0)) return ESP_ERR_INVALID_SIZE;
  chip().work(static_cast<std::uint32_t>(size));
  return code(window(*partition)
                  .program(static_cast<std::uint32_t>(offset),
                           Bytes(static_cast<const std::byte*>(src), size)));
}

esp_err_t esp_partition_erase_range(const esp_partition_t* partition, size_t offset, size_t size) {
  if (partition->readonly) return 0x10D;  // not allowed
  if (const esp_err_t err = check(*partition, offset, size); err != ESP_OK) return err;
  if (size % 4096 != 0) return ESP_ERR_INVALID_SIZE;
  if (offset % 4096 != 0) return ESP_ERR_INVALID_ARG;
  const auto bytes = static_cast<std::uint32_t>(size);
  chip().work(bytes);
  chip().largest_erase = std::max(chip().largest_erase, bytes);
  return code(window(*partition).erase(static_cast<std::uint32_t>(offset), bytes));
}

esp_err_t esp_ota_begin(const esp_partition_t* partition, size_t image_size,
                        esp_ota_handle_t* out_handle) {
  return code(chip().ota().begin(chip().entry_of(partition), static_cast<std::uint32_t>(image_size),
                                 out_handle));
}
esp_err_t esp_ota_abort(esp_ota_handle_t handle) { return code(chip().ota().abort(handle)); }
esp_err_t esp_ota_set_boot_partition(const esp_partition_t* partition) {
  return code(chip().ota().set_boot_partition(chip().entry_of(partition)));
}
const esp_partition_t* esp_ota_get_boot_partition(void) {
  return chip().partition_of(chip().ota().get_boot_partition());
}
const esp_partition_t* esp_ota_get_running_partition(void) {
  return chip().partition_of(chip().ota().get_running_partition());
}
const esp_partition_t* esp_ota_get_next_update_partition(const esp_partition_t* start_from) {
  return chip().partition_of(chip().ota().get_next_update_partition(chip().entry_of(start_from)));
}
const esp_partition_t* esp_ota_get_last_invalid_partition(void) {
  return chip().partition_of(chip().ota().get_last_invalid_partition());
}
esp_err_t esp_ota_get_state_partition(const esp_partition_t* partition,
                                      esp_ota_img_states_t* ota_state) {
  updraft::format::OtaState state{};
  const EspErr err = chip().ota().get_state_partition(chip().entry_of(partition), &state);
  if (err == EspErr::ok) *ota_state = static_cast<esp_ota_img_states_t>(state);
  return code(err);
}
esp_err_t esp_ota_mark_app_valid_cancel_rollback(void) {
  return code(chip().ota().mark_app_valid_cancel_rollback());
}
esp_err_t esp_ota_mark_app_invalid_rollback(void) {
  return code(chip().ota().mark_app_invalid_rollback());
}
esp_err_t esp_ota_mark_app_invalid_rollback_and_reboot(void) {
  const EspErr err = chip().ota().mark_app_invalid_rollback();
  if (err == EspErr::ok) chip().restarted = true;
  return code(err);
}

void esp_chip_info(esp_chip_info_t* out_info) {
  *out_info = {};
  out_info->model = static_cast<esp_chip_model_t>(chip().efuse.chip->id);
  out_info->revision = chip().efuse.revision;
}
uint32_t efuse_hal_blk_version(void) { return chip().efuse.block_revision; }
bool efuse_hal_get_disable_wafer_version_major(void) { return chip().efuse.ignore_max_revision; }
uint32_t esp_efuse_read_secure_version(void) { return chip().efuse.secure_version(); }
esp_reset_reason_t esp_reset_reason(void) { return chip().reset_reason; }
void esp_restart(void) { chip().restarted = true; }

const esp_app_desc_t* esp_app_get_description(void) {
  static esp_app_desc_t description{};
  std::strncpy(description.project_name, chip().project.c_str(),
               sizeof description.project_name - 1);
  return &description;
}

void fake_log(char level, const char*, const char* format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  (void)std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  chip().log.push_back(std::string(1, level) + " " + line);
}

int64_t esp_timer_get_time(void) {
  if (!chip().real_time) return chip().microseconds;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

esp_err_t esp_hmac_calculate(hmac_key_id_t key_id, const void* message, size_t size,
                             uint8_t* hmac) {
  const auto key = chip().hmac_keys.find(key_id);
  if (key == chip().hmac_keys.end()) return ESP_FAIL;
  const Bytes bytes(static_cast<const std::byte*>(message), size);
  const auto mac = updraft::crypto::hmac_sha256(key->second, bytes);
  std::memcpy(hmac, mac.reveal().data(), 32);
  return ESP_OK;
}

void* heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t) {
  return size > chip().heap
             ? nullptr
             : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}
void heap_caps_free(void* ptr) { std::free(ptr); }

esp_err_t esp_event_post(esp_event_base_t base, int32_t id, const void* data, size_t size,
                         TickType_t) {
  if (chip().posted.size() >= chip().loop_room) return ESP_ERR_TIMEOUT;
  const auto* bytes = static_cast<const std::byte*>(data);
  chip().posted.push_back({base, id, {bytes, bytes + size}});
  return ESP_OK;
}

void vTaskDelay(TickType_t) {
  ++chip().pauses;
  chip().worked = 0;
}
BaseType_t xTaskCreatePinnedToCore(TaskFunction_t, const char*, uint32_t, void*, UBaseType_t,
                                   TaskHandle_t*, BaseType_t) {
  return pdPASS;  // and never scheduled
}

SemaphoreHandle_t xSemaphoreCreateRecursiveMutex(void) { return new std::recursive_mutex; }
BaseType_t xSemaphoreTakeRecursive(SemaphoreHandle_t mutex, TickType_t) {
  static_cast<std::recursive_mutex*>(mutex)->lock();
  return 1;
}
BaseType_t xSemaphoreGiveRecursive(SemaphoreHandle_t mutex) {
  static_cast<std::recursive_mutex*>(mutex)->unlock();
  return 1;
}
void vSemaphoreDelete(SemaphoreHandle_t mutex) { delete static_cast<std::recursive_mutex*>(mutex); }

esp_err_t nvs_open(const char*, nvs_open_mode_t, nvs_handle_t* out_handle) {
  *out_handle = 1;
  return chip().nvs_ready ? ESP_OK : ESP_ERR_NVS_NOT_INITIALIZED;
}
esp_err_t nvs_get_blob(nvs_handle_t, const char* key, void* out_value, size_t* length) {
  const auto blob = chip().nvs.find(key);
  if (blob == chip().nvs.end()) return ESP_ERR_NVS_NOT_FOUND;
  if (*length < blob->second.size()) return ESP_ERR_NVS_INVALID_LENGTH;
  *length = blob->second.size();
  std::memcpy(out_value, blob->second.data(), *length);
  return ESP_OK;
}
esp_err_t nvs_set_blob(nvs_handle_t, const char* key, const void* value, size_t length) {
  if (!chip().nvs.contains(key) && chip().nvs.size() >= chip().nvs_room) {
    return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
  }
  const auto* bytes = static_cast<const std::byte*>(value);
  return chip().change_nvs([&] { chip().nvs[key] = {bytes, bytes + length}; }) ? ESP_OK : ESP_FAIL;
}
esp_err_t nvs_erase_key(nvs_handle_t, const char* key) {
  if (!chip().nvs.contains(key)) return ESP_ERR_NVS_NOT_FOUND;
  return chip().change_nvs([&] { chip().nvs.erase(key); }) ? ESP_OK : ESP_FAIL;
}
esp_err_t nvs_commit(nvs_handle_t) { return ESP_OK; }

}  // extern "C"
