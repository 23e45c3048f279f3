// The functions declared in tests/esp_idf/include, on the FakeChip.
#include <atomic>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "engine/crypto/hmac.hpp"
#include "esp_app_desc.h"
#include "esp_chip_info.h"
#include "esp_efuse.h"
#include "esp_event.h"
#include "esp_heap_caps.h"
#include "esp_hmac.h"
#include "esp_log.h"
#include "esp_mac.h"
#include "esp_ota_ops.h"
#include "esp_system.h"
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
  return {chip().seen(), partition.address, partition.size};
}

esp_err_t check(const esp_partition_t& partition, std::size_t offset, std::size_t size) {
  if (offset > partition.size) return ESP_ERR_INVALID_ARG;
  return size > partition.size - offset ? ESP_ERR_INVALID_SIZE : ESP_OK;
}

struct FakeMutex {
  std::mutex mutex;
  std::atomic<std::thread::id> owner;
};
thread_local int mutexes_held = 0;

// ESP-IDF has locks of its own.
struct Inside {
  std::lock_guard<std::recursive_mutex> held{chip().inside};
};

}  // namespace

namespace updraft::esp_idf {
void expect_no_lock(const char* function) {
  EXPECT_EQ(mutexes_held, 0) << function << "() may wait, and a lock is held";
}
}  // namespace updraft::esp_idf

extern "C" {
uint32_t esp_get_free_heap_size(void) { return 123'456; }
UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t) { return 1'234; }
esp_err_t esp_read_mac(uint8_t* mac, esp_mac_type_t) {
  for (unsigned i = 0; i < 6; ++i) mac[i] = static_cast<uint8_t>(0xA0 + i);
  return ESP_OK;
}

const esp_partition_t* esp_partition_find_first(esp_partition_type_t type,
                                                esp_partition_subtype_t subtype,
                                                const char* label) {
  return chip().find(type, subtype, label);
}

// All of them: nothing else is asked for.
struct esp_partition_iterator_opaque_ {
  std::size_t at = 0;
};

esp_partition_iterator_t esp_partition_find(esp_partition_type_t type,
                                            esp_partition_subtype_t subtype, const char* label) {
  EXPECT_TRUE(type == ESP_PARTITION_TYPE_ANY && subtype == ESP_PARTITION_SUBTYPE_ANY && !label);
  return chip().partition_at(0) != nullptr ? new esp_partition_iterator_opaque_ : nullptr;
}

// As the original: at the end it has released the iterator.
esp_partition_iterator_t esp_partition_next(esp_partition_iterator_t iterator) {
  if (chip().partition_at(++iterator->at) != nullptr) return iterator;
  delete iterator;
  return nullptr;
}

const esp_partition_t* esp_partition_get(esp_partition_iterator_t iterator) {
  return chip().partition_at(iterator->at);
}

void esp_partition_iterator_release(esp_partition_iterator_t iterator) { delete iterator; }

esp_err_t esp_partition_read(const esp_partition_t* partition, size_t offset, void* dst,
                             size_t size) {
  const Inside inside;
  if (const esp_err_t err = check(*partition, offset, size); err != ESP_OK) return err;
  return code(window(*partition)
                  .read(static_cast<std::uint32_t>(offset),
                        MutableBytes(static_cast<std::byte*>(dst), size)));
}

esp_err_t esp_partition_read_raw(const esp_partition_t* partition, size_t offset, void* dst,
                                 size_t size) {
  const Inside inside;
  if (const esp_err_t err = check(*partition, offset, size); err != ESP_OK) return err;
  const auto at = static_cast<std::uint32_t>(partition->address + offset);
  return code(chip().flash().read(at, MutableBytes(static_cast<std::byte*>(dst), size)));
}

esp_err_t esp_partition_write(const esp_partition_t* partition, size_t offset, const void* src,
                              size_t size) {
  const Inside inside;
  if (partition->readonly) return 0x10D;  // not allowed
  if (const esp_err_t err = check(*partition, offset, size); err != ESP_OK) return err;
  if (partition->encrypted && (offset % 16 != 0 || size % 16 != 0)) return ESP_ERR_INVALID_SIZE;
  chip().work(static_cast<std::uint32_t>(size));
  return code(window(*partition)
                  .program(static_cast<std::uint32_t>(offset),
                           Bytes(static_cast<const std::byte*>(src), size)));
}

esp_err_t esp_partition_erase_range(const esp_partition_t* partition, size_t offset, size_t size) {
  const Inside inside;
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
  const Inside inside;
  return code(chip().ota().begin(chip().entry_of(partition), static_cast<std::uint32_t>(image_size),
                                 out_handle));
}
esp_err_t esp_ota_abort(esp_ota_handle_t handle) {
  const Inside inside;
  return code(chip().ota().abort(handle));
}
esp_err_t esp_ota_set_boot_partition(const esp_partition_t* partition) {
  const Inside inside;
  return code(chip().ota().set_boot_partition(chip().entry_of(partition)));
}
const esp_partition_t* esp_ota_get_boot_partition(void) {
  const Inside inside;
  return chip().partition_of(chip().ota().get_boot_partition());
}
const esp_partition_t* esp_ota_get_running_partition(void) {
  const Inside inside;
  return chip().partition_of(chip().ota().get_running_partition());
}
const esp_partition_t* esp_ota_get_next_update_partition(const esp_partition_t* start_from) {
  const Inside inside;
  return chip().partition_of(chip().ota().get_next_update_partition(chip().entry_of(start_from)));
}
const esp_partition_t* esp_ota_get_last_invalid_partition(void) {
  const Inside inside;
  return chip().partition_of(chip().ota().get_last_invalid_partition());
}
esp_err_t esp_ota_get_state_partition(const esp_partition_t* partition,
                                      esp_ota_img_states_t* ota_state) {
  const Inside inside;
  updraft::format::OtaState state{};
  const EspErr err = chip().ota().get_state_partition(chip().entry_of(partition), &state);
  if (err == EspErr::ok) *ota_state = static_cast<esp_ota_img_states_t>(state);
  return code(err);
}
esp_err_t esp_ota_mark_app_valid_cancel_rollback(void) {
  const Inside inside;
  return code(chip().ota().mark_app_valid_cancel_rollback());
}
esp_err_t esp_ota_mark_app_invalid_rollback(void) {
  const Inside inside;
  return code(chip().ota().mark_app_invalid_rollback());
}
esp_err_t esp_ota_mark_app_invalid_rollback_and_reboot(void) {
  const Inside inside;
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
void esp_restart(void) {
  if (chip().before_restart) chip().before_restart();
  chip().restarted = true;
}

const esp_app_desc_t* esp_app_get_description(void) {
  static esp_app_desc_t description{};
  std::strncpy(description.project_name, chip().project.c_str(),
               sizeof description.project_name - 1);
  description.app_elf_sha256[0] = chip().elf_hash;
  return &description;
}

void fake_log(char level, const char*, const char* format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  (void)std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  const Inside inside;
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

void* heap_caps_malloc(size_t size, uint32_t) {
  if (size > chip().heap) return nullptr;
  ++updraft::esp_idf::FakeChip::pieces;
  ++updraft::esp_idf::FakeChip::takings;
  return std::malloc(size);
}
void heap_caps_free(void* ptr) {
  if (ptr != nullptr) --updraft::esp_idf::FakeChip::pieces;
  std::free(ptr);
}
size_t heap_caps_get_largest_free_block(uint32_t) { return chip().heap; }

esp_err_t esp_event_post(esp_event_base_t base, int32_t id, const void* data, size_t size,
                         TickType_t) {
  updraft::esp_idf::expect_no_lock("esp_event_post");
  const Inside inside;
  if (chip().posted.size() >= chip().loop_room) return ESP_ERR_TIMEOUT;
  const auto* bytes = static_cast<const std::byte*>(data);
  chip().posted.push_back({base, id, {bytes, bytes + size}});
  return ESP_OK;
}

void vTaskDelay(TickType_t) {
  if (mutexes_held == 0) {
    chip().tasks.waits();
  } else {
    chip().tasks.sleeps();
  }
  if (mutexes_held == 0 && chip().real_time)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  const Inside inside;
  ++chip().pauses;
  chip().worked = 0;
}
BaseType_t xTaskCreatePinnedToCore(TaskFunction_t code, const char*, uint32_t, void* argument,
                                   UBaseType_t, TaskHandle_t*, BaseType_t) {
  chip().tasks.start(code, argument);
  return pdPASS;
}

SemaphoreHandle_t xSemaphoreCreateMutex(void) { return new FakeMutex; }
BaseType_t xSemaphoreTake(SemaphoreHandle_t mutex, TickType_t) {
  auto& mine = *static_cast<FakeMutex*>(mutex);
  if (mine.owner == std::this_thread::get_id()) std::abort();  // it would wait for itself
  if (!mine.mutex.try_lock()) {
    chip().tasks.sleeps();
    mine.mutex.lock();
  }
  mine.owner = std::this_thread::get_id();
  ++mutexes_held;
  return pdPASS;
}
BaseType_t xSemaphoreGive(SemaphoreHandle_t mutex) {
  auto& mine = *static_cast<FakeMutex*>(mutex);
  if (mine.owner != std::this_thread::get_id()) std::abort();  // another's
  mine.owner = std::thread::id{};
  --mutexes_held;
  mine.mutex.unlock();
  return pdPASS;
}
void vSemaphoreDelete(SemaphoreHandle_t mutex) { delete static_cast<FakeMutex*>(mutex); }

esp_err_t nvs_open(const char* name, nvs_open_mode_t, nvs_handle_t* out_handle) {
  const Inside inside;
  if (!chip().nvs_ready) return ESP_ERR_NVS_NOT_INITIALIZED;
  *out_handle = chip().nvs.name_space(name);
  return *out_handle != 0 ? ESP_OK : ESP_ERR_NVS_NOT_ENOUGH_SPACE;
}
esp_err_t nvs_get_blob(nvs_handle_t handle, const char* key, void* out_value, size_t* length) {
  const Inside inside;
  const auto* const blob = chip().nvs.find(static_cast<std::uint8_t>(handle), key);
  if (blob == nullptr) return ESP_ERR_NVS_NOT_FOUND;
  if (*length < blob->size()) return ESP_ERR_NVS_INVALID_LENGTH;
  *length = blob->size();
  std::memcpy(out_value, blob->data(), *length);
  return ESP_OK;
}
esp_err_t nvs_set_blob(nvs_handle_t handle, const char* key, const void* value, size_t length) {
  const Inside inside;
  const auto* bytes = static_cast<const std::byte*>(value);
  esp_err_t err = ESP_FAIL;
  const bool told = chip().change_nvs([&] {
    err = chip().nvs.set_blob(static_cast<std::uint8_t>(handle), key, {bytes, bytes + length});
  });
  return told ? err : ESP_FAIL;
}
esp_err_t nvs_erase_key(nvs_handle_t handle, const char* key) {
  const Inside inside;
  const auto space = static_cast<std::uint8_t>(handle);
  if (chip().nvs.find(space, key) == nullptr) return ESP_ERR_NVS_NOT_FOUND;
  return chip().change_nvs([&] { (void)chip().nvs.erase(space, key); }) ? ESP_OK : ESP_FAIL;
}
esp_err_t nvs_commit(nvs_handle_t) { return ESP_OK; }

}  // extern "C"
