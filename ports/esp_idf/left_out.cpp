#include "ports/esp_idf/left_out.hpp"

#include <string_view>

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"
#include "sdkconfig.h"

namespace updraft::esp_idf {
namespace {

[[maybe_unused]] bool pulls(const updraft_config_t& config, std::string_view word) {
  return config.pull_url != nullptr && std::string_view(config.pull_url).starts_with(word);
}

struct Asked {
  const char* field;  // of updraft_config_t
  bool is_asked;
  const char* option;  // that brings its code
};

}  // namespace

esp_err_t check_left_out([[maybe_unused]] const updraft_config_t& config) {
  const Asked left_out[] = {
#ifndef CONFIG_UPDRAFT_RAW
      {"raw_port", config.raw_port != 0, "CONFIG_UPDRAFT_RAW"},
      {"pull_url raw://", pulls(config, "raw://"), "CONFIG_UPDRAFT_RAW"},
#endif
#ifndef CONFIG_UPDRAFT_REQ
      {"pull_url req://", pulls(config, "req://"), "CONFIG_UPDRAFT_REQ"},
#endif
#ifndef CONFIG_UPDRAFT_WEB_PULL
      {"pull_url https://", pulls(config, "https://"), "CONFIG_UPDRAFT_WEB_PULL"},
      {"pull_url http://", pulls(config, "http://"), "CONFIG_UPDRAFT_WEB_PULL"},
#endif
#ifndef CONFIG_UPDRAFT_BUNDLE
      {"bundle_port", config.bundle_port != 0, "CONFIG_UPDRAFT_BUNDLE"},
#endif
#ifndef CONFIG_UPDRAFT_ARDUINO
      {"arduino_port", config.arduino_port != 0, "CONFIG_UPDRAFT_ARDUINO"},
#endif
#ifndef CONFIG_UPDRAFT_ESPHOME
      {"esphome_port", config.esphome_port != 0, "CONFIG_UPDRAFT_ESPHOME"},
#endif
#ifndef CONFIG_UPDRAFT_ESPHOME_NOISE  // never in the clear instead
      {"esphome_key", config.esphome_key != nullptr, "CONFIG_UPDRAFT_ESPHOME_NOISE"},
#endif
#ifndef CONFIG_UPDRAFT_NATIVE
      {"native_port", config.native_port != 0, "CONFIG_UPDRAFT_NATIVE"},
#endif
#ifndef CONFIG_UPDRAFT_MQTT
      {"mqtt_url", config.mqtt_url != nullptr, "CONFIG_UPDRAFT_MQTT"},
#endif
#ifdef UPDRAFT_NO_STREAM_AES  // never in the clear instead
      {"raw_aes", config.raw_aes != UPDRAFT_AES_NONE, "CONFIG_UPDRAFT_STREAM_AES"},
#endif
#ifndef CONFIG_UPDRAFT_SD
      {"sd_folder", config.sd_folder != nullptr, "CONFIG_UPDRAFT_SD"},
#endif
#ifndef CONFIG_UPDRAFT_FILES
      {"in_place", config.in_place != nullptr, "CONFIG_UPDRAFT_FILES"},
      {"on_replacing", config.on_replacing != nullptr, "CONFIG_UPDRAFT_FILES"},
      {"raw_to", config.raw_to != nullptr, "CONFIG_UPDRAFT_FILES"},
#endif
#ifndef CONFIG_UPDRAFT_RESCUE
      {"min_rescue", config.min_rescue != nullptr, "CONFIG_UPDRAFT_RESCUE"},
#endif
#ifdef UPDRAFT_NO_FETCH
      {"pull_url", config.pull_url != nullptr, "CONFIG_UPDRAFT_FETCH"},
#endif
      {"", false, ""},
  };
  for (const Asked& one : left_out) {
    if (!one.is_asked) continue;
    ESP_LOGE(kLogTag, "%s needs %s: menuconfig, Updraft", one.field, one.option);
    return ESP_ERR_NOT_SUPPORTED;
  }
  return ESP_OK;
}

}  // namespace updraft::esp_idf
