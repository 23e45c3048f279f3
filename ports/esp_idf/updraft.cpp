// The C API on one Service and its task.
#include "updraft.h"

#include <atomic>

#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "ports/esp_idf/built_in_key_set.hpp"
#include "ports/esp_idf/built_in_product.hpp"
#include "ports/esp_idf/once.hpp"
#include "ports/esp_idf/service.hpp"
#include "ports/esp_idf/struct_size.hpp"
#include "sdkconfig.h"

namespace {

using updraft::Millis;
using updraft::esp_idf::kLeastArmedS;
using updraft::esp_idf::kMostArmedS;
using updraft::esp_idf::Service;

std::atomic<Service*> service = nullptr;

// The task may run at once, and its first callback may call us: the service is there by then.
void run(void* argument) {
  auto& mine = *static_cast<Service*>(argument);
  service = &mine;
  mine.start();
  while (mine.turn(Millis{250})) {
  }
}

esp_err_t start(const updraft_config_t& config) {
  esp_err_t err = updraft::esp_idf::check_struct(config, "start from updraft_config_default()");
  if (err != ESP_OK) return err;
  const std::size_t before = esp_get_free_heap_size();
  auto mine = updraft::esp_idf::make_owned<Service>(config, updraft::esp_idf::prepared_parts());
  if (mine == nullptr) return ESP_ERR_NO_MEM;
  err = mine->open();
  if (err != ESP_OK) return err;
  const BaseType_t core = config.task_core < 0 ? tskNO_AFFINITY : config.task_core;
  const BaseType_t made = xTaskCreatePinnedToCore(&run, "updraft", config.task_stack, mine.get(),
                                                  config.task_priority, nullptr, core);
  if (made != pdPASS) return ESP_ERR_NO_MEM;
  const std::size_t after = esp_get_free_heap_size();
  mine->say_what_is_open(before > after ? before - after : 0);
  service = mine.release();
  return ESP_OK;
}

Service* on_trial() {
  Service* const mine = service;
  return mine != nullptr && mine->trial().runs() ? mine : nullptr;
}

}  // namespace

namespace updraft::esp_idf {
Service* started_service() { return service; }
}  // namespace updraft::esp_idf

extern "C" {

void updraft_config_init(updraft_config_t* out, size_t struct_size) {
  updraft_config_t config{};
  config.raw_port = CONFIG_UPDRAFT_RAW_PORT;
  config.bundle_port = CONFIG_UPDRAFT_BUNDLE_PORT;
  config.pull_url = sizeof CONFIG_UPDRAFT_PULL_URL > 1 ? CONFIG_UPDRAFT_PULL_URL : nullptr;
  config.pull_every_s = CONFIG_UPDRAFT_PULL_EVERY;
#ifdef CONFIG_UPDRAFT_ALLOW_UNSIGNED_RAW
  config.allow_unsigned_raw = true;
#endif
#ifdef CONFIG_UPDRAFT_ALLOW_UNSIGNED_REQ
  config.allow_unsigned_req = true;
#endif
#ifdef CONFIG_UPDRAFT_ALLOW_UNSIGNED_WS
  config.allow_unsigned_ws = true;
#endif
#ifdef CONFIG_UPDRAFT_ALLOW_UNSIGNED_CONTROL
  config.allow_unsigned_control = true;
#endif
  const updraft::Bytes key_set = updraft::esp_idf::built_in_key_set();
  if (!key_set.empty()) config.keyset = reinterpret_cast<const uint8_t*>(key_set.data());
  config.keyset_size = key_set.size();
  config.vendor_id = updraft::esp_idf::built_in_vendor();
  config.class_id = updraft::esp_idf::built_in_class();
#ifdef CONFIG_UPDRAFT_ALLOW_UNSIGNED_HTTP
  config.allow_unsigned_http = true;
#endif
#ifdef CONFIG_UPDRAFT_ALLOW_UNSIGNED_HTTPS
  config.allow_unsigned_https = true;
#endif
#ifdef CONFIG_UPDRAFT_ALLOW_UNSIGNED_FORM
  config.allow_unsigned_form = true;
#endif
#ifdef CONFIG_UPDRAFT_ALLOW_UNSIGNED_ELEGANT
  config.allow_unsigned_elegant = true;
#endif
#ifdef CONFIG_UPDRAFT_ALLOW_UNSIGNED_MQTT
  config.allow_unsigned_mqtt = true;
#endif
#ifdef CONFIG_UPDRAFT_ALLOW_UNSIGNED_SD
  config.allow_unsigned_sd = true;
#endif
#ifdef CONFIG_UPDRAFT_ALLOW_UNSIGNED_UART
  config.allow_unsigned_uart = true;
#endif
  config.arduino_port = CONFIG_UPDRAFT_ARDUINO_PORT;
#ifdef CONFIG_UPDRAFT_ALLOW_UNSIGNED_ARDUINO
  config.allow_unsigned_arduino = true;
#endif
  config.esphome_port = CONFIG_UPDRAFT_ESPHOME_PORT;
  config.native_port = CONFIG_UPDRAFT_NATIVE_PORT;
#ifdef CONFIG_UPDRAFT_ALLOW_UNSIGNED_ESPHOME
  config.allow_unsigned_esphome = true;
#endif
#ifdef CONFIG_UPDRAFT_TAKE_COMPRESSED
  config.take_compressed = true;
#endif
#ifdef CONFIG_UPDRAFT_TAKE_DELTA
  config.take_delta = true;
#endif
#ifdef CONFIG_UPDRAFT_RESERVE_MEMORY
  config.reserve_memory = true;
#endif
#ifdef CONFIG_UPDRAFT_POST_EVENTS
  config.post_events = true;
#endif
#ifdef CONFIG_UPDRAFT_REQUIRE_HASH
  config.require_hash = true;
#endif
#ifdef CONFIG_UPDRAFT_REFUSE_DOWNGRADE
  config.refuse_downgrade = true;
#endif
#ifdef CONFIG_UPDRAFT_MIN_RESCUE
  if (sizeof CONFIG_UPDRAFT_MIN_RESCUE > 1) config.min_rescue = CONFIG_UPDRAFT_MIN_RESCUE;
#endif
  config.seal_hmac_key = -1;
  config.restart = true;
  config.confirm_within_s = CONFIG_UPDRAFT_CONFIRM_WITHIN;
  config.task_stack = CONFIG_UPDRAFT_TASK_STACK;
  config.task_priority = CONFIG_UPDRAFT_TASK_PRIORITY;
  config.task_core = -1;
  updraft::esp_idf::init_struct(out, struct_size, config);
}

esp_err_t updraft_start(const updraft_config_t* config) {
  static updraft::esp_idf::Once once;
  if (config == nullptr) return ESP_ERR_INVALID_ARG;
  if (!once.take()) return ESP_ERR_INVALID_STATE;
  const esp_err_t err = start(*config);
  if (err != ESP_OK) once.give_back();
  return err;
}

esp_err_t updraft_confirm(void) {
  Service* const mine = on_trial();
  if (mine == nullptr) return ESP_ERR_INVALID_STATE;
  mine->trial().ask_to_confirm();
  return ESP_OK;
}

esp_err_t updraft_roll_back(void) {
  Service* const mine = on_trial();
  if (mine == nullptr) return ESP_ERR_INVALID_STATE;
  mine->trial().ask_to_give_up();
  return ESP_OK;
}

esp_err_t updraft_go_back(void) {
  Service* const mine = on_trial();
  if (mine == nullptr) return ESP_ERR_INVALID_STATE;
  mine->trial().ask_to_go_back();
  return ESP_OK;
}

esp_err_t updraft_let_in(const char* image) {
  Service* const mine = service;
  if (mine == nullptr) return ESP_ERR_INVALID_STATE;
  const auto name = image != nullptr ? updraft::parse_image_name(image) : std::nullopt;
  if (!name) return ESP_ERR_INVALID_ARG;
  mine->ask_to_let_in(*name);
  return ESP_OK;
}

esp_err_t updraft_arm(uint32_t seconds) {
  Service* const mine = service;
  if (mine == nullptr || !mine->trusted().asks()) return ESP_ERR_INVALID_STATE;
  if (seconds != 0 && (seconds < kLeastArmedS || seconds > kMostArmedS)) return ESP_ERR_INVALID_ARG;
  mine->trusted().ask_to_arm(seconds);
  return ESP_OK;
}

bool updraft_is_on_trial(void) { return on_trial() != nullptr; }

uint32_t updraft_not_before(void) {
  Service* const mine = service;
  return mine != nullptr ? mine->trusted().not_before() : 0;
}

esp_err_t updraft_pull(const char* url) {
  Service* const mine = service;
  if (mine == nullptr) return ESP_ERR_INVALID_STATE;
  return mine->ask_to_pull(url) ? ESP_OK : ESP_ERR_INVALID_ARG;
}

}  // extern "C"
