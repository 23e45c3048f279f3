#include "ports/esp_idf/facts.hpp"

#include "esp_chip_info.h"
#include "esp_efuse.h"
#include "esp_idf_version.h"
#include "esp_system.h"
#include "hal/efuse_hal.h"
#include "sdkconfig.h"

#if ESP_IDF_VERSION < ESP_IDF_VERSION_VAL(5, 3, 0)
#include "hal/efuse_ll.h"
#endif

namespace updraft::esp_idf {
namespace {

// ESP32 has no version of its eFuse block that an image could ask for.
std::uint16_t block_revision() {
#if defined(CONFIG_IDF_TARGET_ESP32)
  return 0;
#elif ESP_IDF_VERSION < ESP_IDF_VERSION_VAL(5, 3, 0)
  return static_cast<std::uint16_t>(efuse_ll_get_blk_version_major() * 100 +
                                    efuse_ll_get_blk_version_minor());
#else
  return static_cast<std::uint16_t>(efuse_hal_blk_version());
#endif
}

bool ignores_max_revision() {
#if ESP_IDF_VERSION < ESP_IDF_VERSION_VAL(5, 3, 0)
  return efuse_ll_get_disable_wafer_version_major();
#else
  return efuse_hal_get_disable_wafer_version_major();
#endif
}

}  // namespace

ChipFacts chip_facts() {
  esp_chip_info_t info{};
  esp_chip_info(&info);
  ChipFacts facts;
  facts.chip = format::find_chip(std::uint16_t{CONFIG_IDF_FIRMWARE_CHIP_ID});
  facts.revision = info.revision;
  facts.block_revision = block_revision();
  facts.ignore_max_revision = ignores_max_revision();
#ifdef CONFIG_BOOTLOADER_APP_ANTI_ROLLBACK
  facts.secure_version = esp_efuse_read_secure_version();
#endif
  return facts;
}

StartedBy started_by() {
  switch (esp_reset_reason()) {
    case ESP_RST_UNKNOWN:
    case ESP_RST_POWERON:
    case ESP_RST_EXT:
    case ESP_RST_BROWNOUT:
#if ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 3, 0)
    case ESP_RST_PWR_GLITCH:
    case ESP_RST_USB:
    case ESP_RST_JTAG:
#endif
      return StartedBy::power;
    default:
      return StartedBy::reset;
  }
}

}  // namespace updraft::esp_idf
