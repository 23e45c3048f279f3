// The sketch's words on one Sketch and the C API.
#define UPDRAFT_IN_THE_LIBRARY
#include "Updraft.h"

#include <utility>

#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "ports/arduino/sketch.hpp"
#include "ports/esp_idf/arduino_door.hpp"
#include "ports/esp_idf/bundle_door.hpp"
#include "ports/esp_idf/esphome_door.hpp"
#include "ports/esp_idf/mqtt_door.hpp"
#include "ports/esp_idf/named.hpp"
#include "ports/esp_idf/raw_door.hpp"
#include "ports/esp_idf/req_door.hpp"
#include "ports/esp_idf/sd_door.hpp"
#include "ports/esp_idf/trusted.hpp"
#include "ports/esp_idf/unpacking.hpp"
#include "ports/esp_idf/web_door.hpp"

using updraft::arduino::sketch;
using updraft::esp_idf::name_part;

UpdraftSketch Updraft;

UpdraftSketch& UpdraftSketch::raw(uint16_t port, UpdraftTrust trust) {
  name_part<updraft::esp_idf::RawDoor>();
  sketch().config.raw_port = port;
  sketch().config.allow_unsigned_raw = trust == UPDRAFT_UNSIGNED;
  return *this;
}

UpdraftSketch& UpdraftSketch::bundles(uint16_t port, const char* password) {
  name_part<updraft::esp_idf::BundleDoor>();
  sketch().config.bundle_port = port;
  sketch().config.bundle_password = password;
  return *this;
}

UpdraftSketch& UpdraftSketch::arduino(uint16_t port, const char* password, UpdraftTrust trust) {
  name_part<updraft::esp_idf::ArduinoDoor>();
  sketch().config.arduino_port = port;
  sketch().config.arduino_password = password;
  sketch().config.allow_unsigned_arduino = trust == UPDRAFT_UNSIGNED;
  return *this;
}

UpdraftSketch& UpdraftSketch::esphome(uint16_t port, const char* password, UpdraftTrust trust) {
  name_part<updraft::esp_idf::EsphomeDoor>();
  sketch().config.esphome_port = port;
  sketch().config.esphome_password = password;
  sketch().config.allow_unsigned_esphome = trust == UPDRAFT_UNSIGNED;
  return *this;
}

UpdraftSketch& UpdraftSketch::mqtt(const char* url, UpdraftTrust trust, const char* user,
                                   const char* password) {
  name_part<updraft::esp_idf::MqttDoor>();
  updraft_config_t& config = sketch().config;
  config.mqtt_url = url;
  config.mqtt_user = user;
  config.mqtt_password = password;
  config.allow_unsigned_mqtt = trust == UPDRAFT_UNSIGNED;
  return *this;
}

UpdraftSketch& UpdraftSketch::sd(const char* folder, UpdraftTrust trust) {
  name_part<updraft::esp_idf::SdDoor>();
  sketch().config.sd_folder = folder;
  sketch().config.allow_unsigned_sd = trust == UPDRAFT_UNSIGNED;
  return *this;
}

UpdraftSketch& UpdraftSketch::pullWeb(const char* url, uint32_t every_s, UpdraftTrust trust,
                                      const char* ca, const char* fields) {
  name_part<updraft::esp_idf::HttpsDoor>();
  name_part<updraft::esp_idf::HttpDoor>();
  sketch().from_web = true;
  updraft_config_t& config = sketch().config;
  config.pull_url = url;
  config.pull_every_s = every_s;
  config.pull_ca = ca;
  config.pull_fields = fields;
  config.pull_server_proves = trust == UPDRAFT_SERVER;
  config.allow_unsigned_https = trust == UPDRAFT_UNSIGNED;
  config.allow_unsigned_http = trust == UPDRAFT_UNSIGNED;
  return *this;
}

// By either protocol: which one stands in the URL.
UpdraftSketch& UpdraftSketch::pull(const char* url, uint32_t every_s, UpdraftTrust trust) {
  name_part<updraft::esp_idf::RawDoor>();
  name_part<updraft::esp_idf::ReqDoor>();
  updraft_config_t& config = sketch().config;
  config.pull_url = url;
  config.pull_every_s = every_s;
  sketch().from_web = false;
  config.allow_unsigned_req = trust == UPDRAFT_UNSIGNED;
  config.allow_unsigned_raw = config.allow_unsigned_raw || trust == UPDRAFT_UNSIGNED;
  return *this;
}

UpdraftSketch& UpdraftSketch::patches() {
  name_part<updraft::esp_idf::PatchParts>();
  sketch().config.take_delta = true;
  return *this;
}

UpdraftSketch& UpdraftSketch::compressed() {
  name_part<updraft::esp_idf::InflateParts>();
  sketch().config.take_compressed = true;
  return *this;
}

UpdraftSketch& UpdraftSketch::keys(const uint8_t* keyset, size_t bytes) {
  name_part<updraft::esp_idf::TrustedParts>();
  sketch().config.keyset = keyset;
  sketch().config.keyset_size = bytes;
  return *this;
}

UpdraftSketch& UpdraftSketch::mayInstall(std::function<bool(const char*, uint64_t)> ask) {
  sketch().may_install = std::move(ask);
  return *this;
}

UpdraftSketch& UpdraftSketch::isHealthy(std::function<bool()> ask) {
  sketch().is_healthy = std::move(ask);
  return *this;
}

UpdraftSketch& UpdraftSketch::onProgress(std::function<void(uint64_t, uint64_t)> tell) {
  sketch().on_progress = std::move(tell);
  return *this;
}

UpdraftSketch& UpdraftSketch::onInstalled(std::function<void(const char*)> tell) {
  sketch().on_installed = std::move(tell);
  return *this;
}

UpdraftSketch& UpdraftSketch::onEnded(std::function<void(const char*)> tell) {
  sketch().on_ended = std::move(tell);
  return *this;
}

UpdraftSketch& UpdraftSketch::onRestart(std::function<void()> tell) {
  sketch().on_restart = std::move(tell);
  return *this;
}

bool UpdraftSketch::begin() {
  updraft::arduino::complain_about_the_build();
  if (sketch().lacks_page()) {
    sketch().fails("elegant() and form() are on the page's server: page() opens it");
    return false;
  }
  switch (sketch().start()) {
    case ESP_OK:
      return true;
    case ESP_ERR_INVALID_STATE:
      sketch().fails("begin() was called before");
      return false;
    case ESP_ERR_NO_MEM:
      sketch().fails("there is not enough memory: call begin() earlier, or open less");
      return false;
    case ESP_ERR_NOT_SUPPORTED:
      sketch().fails(
          "pull() takes req:// and raw://, pullWeb() https:// and http://; keys() needs NVS or a "
          "partition \"updraft\"");
      return false;
    case ESP_ERR_INVALID_ARG:
      sketch().fails("a URL, a password or the KeySet is none; the console says which");
      return false;
    default:
      sketch().fails("a port is taken, or flash fails; the console says which");
      return false;
  }
}

void UpdraftSketch::handle() { sketch().handle(); }
bool UpdraftSketch::confirm() { return updraft_confirm() == ESP_OK; }
bool UpdraftSketch::rollBack() { return updraft_roll_back() == ESP_OK; }
bool UpdraftSketch::onTrial() { return updraft_is_on_trial(); }
bool UpdraftSketch::busy() { return sketch().busy(); }
const char* UpdraftSketch::lastError() { return sketch().last_error(); }

UpdraftPulled UpdraftSketch::pullNow(const char* url, uint32_t ms) {
  const uint32_t before = sketch().ends();
  if (updraft_pull(url) != ESP_OK) {
    sketch().fails("pullNow() needs begin() first, and pull() with a URL like req://host:port");
    return UPDRAFT_FAILED;
  }
  const int64_t until = esp_timer_get_time() + int64_t{ms} * 1000;
  while (sketch().ends() == before) {
    if (esp_timer_get_time() >= until) return UPDRAFT_LATE;
    vTaskDelay(pdMS_TO_TICKS(10));
  }
  if (sketch().last_end() == UPDRAFT_EVENT_INSTALLED) return UPDRAFT_INSTALLED;
  if (sketch().last_end() == UPDRAFT_EVENT_CURRENT ||
      sketch().last_end() == UPDRAFT_EVENT_UNCHANGED)
    return UPDRAFT_CURRENT;
  return sketch().last_was_refused() ? UPDRAFT_REFUSED : UPDRAFT_FAILED;
}
