// A device that asks for updates: `updraft serve build/pull.bin --req 8070` on your machine.
#include "esp_event.h"
#include "esp_netif.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "updraft.h"
#include "esp_log.h"

// "May I install now?" A product says no while its motor turns.
static bool may_install(const char* scheme, uint64_t total, void* context) {
  (void)context;
  ESP_LOGI("app", "%s offers %llu bytes", scheme, (unsigned long long)total);
  return true;
}

// "Is the new firmware healthy?" Asked once a second; no yes within CONFIG_UPDRAFT_CONFIRM_WITHIN
// seconds, and the old image comes back.
static bool is_healthy(void* context) {
  (void)context;
  return true;
}

void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());

  updraft_config_t config = updraft_config_default();  // where from, how often: sdkconfig.defaults
  config.may_install = may_install;
  config.is_healthy = is_healthy;
  ESP_ERROR_CHECK(updraft_start(&config));
}
