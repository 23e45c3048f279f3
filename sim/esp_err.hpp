// The error codes of ESP-IDF that its OTA calls return (spec/esp32.md, first page), with their
// values and names.
#pragma once
#include <cstdint>
#include <string_view>

namespace updraft::sim {

// X(enumerator, value, name)
#define UPDRAFT_ESP_ERRS(X)                                                        \
  X(ok, 0, "ESP_OK")                                                               \
  X(fail, -1, "ESP_FAIL")                                                          \
  X(no_mem, 0x101, "ESP_ERR_NO_MEM")                                               \
  X(invalid_arg, 0x102, "ESP_ERR_INVALID_ARG")                                     \
  X(invalid_state, 0x103, "ESP_ERR_INVALID_STATE")                                 \
  X(invalid_size, 0x104, "ESP_ERR_INVALID_SIZE")                                   \
  X(not_found, 0x105, "ESP_ERR_NOT_FOUND")                                         \
  X(not_supported, 0x106, "ESP_ERR_NOT_SUPPORTED")                                 \
  X(timeout, 0x107, "ESP_ERR_TIMEOUT")                                             \
  X(invalid_version, 0x10A, "ESP_ERR_INVALID_VERSION")                             \
  X(not_finished, 0x10C, "ESP_ERR_NOT_FINISHED")                                   \
  X(not_allowed, 0x10D, "ESP_ERR_NOT_ALLOWED")                                     \
  X(ota_partition_conflict, 0x1501, "ESP_ERR_OTA_PARTITION_CONFLICT")              \
  X(ota_select_info_invalid, 0x1502, "ESP_ERR_OTA_SELECT_INFO_INVALID")            \
  X(ota_validate_failed, 0x1503, "ESP_ERR_OTA_VALIDATE_FAILED")                    \
  X(ota_small_sec_ver, 0x1504, "ESP_ERR_OTA_SMALL_SEC_VER")                        \
  X(ota_rollback_failed, 0x1505, "ESP_ERR_OTA_ROLLBACK_FAILED")                    \
  X(ota_rollback_invalid_state, 0x1506, "ESP_ERR_OTA_ROLLBACK_INVALID_STATE")      \
  X(ota_already_in_progress, 0x1507, "ESP_ERR_OTA_ALREADY_IN_PROGRESS") /* v6.1 */ \
  X(ota_spi_mode_mismatch, 0x1508, "ESP_ERR_OTA_SPI_MODE_MISMATCH")     /* v6.1 */ \
  X(image_flash_fail, 0x2001, "ESP_ERR_IMAGE_FLASH_FAIL")                          \
  X(image_invalid, 0x2002, "ESP_ERR_IMAGE_INVALID")                                \
  X(flash_op_fail, 0x6001, "ESP_ERR_FLASH_OP_FAIL")                                \
  X(flash_op_timeout, 0x6002, "ESP_ERR_FLASH_OP_TIMEOUT")                          \
  X(https_ota_in_progress, 0x9001, "ESP_ERR_HTTPS_OTA_IN_PROGRESS")

enum class EspErr : std::int32_t {
#define UPDRAFT_ESP_ERR_MEMBER(member, value, name) member = value,
  UPDRAFT_ESP_ERRS(UPDRAFT_ESP_ERR_MEMBER)
#undef UPDRAFT_ESP_ERR_MEMBER
};

constexpr std::string_view name(EspErr err) {
  switch (err) {
#define UPDRAFT_ESP_ERR_NAME(member, value, name) \
  case EspErr::member:                            \
    return name;
    UPDRAFT_ESP_ERRS(UPDRAFT_ESP_ERR_NAME)
#undef UPDRAFT_ESP_ERR_NAME
  }
  return "UNKNOWN ERROR";
}

}  // namespace updraft::sim
