// A device that listens on raw TCP: `updraft push build/app.bin raw://DEVICE:8032`, or netcat.
#include "esp_event.h"
#include "esp_netif.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "updraft.h"

// What a product checks before it says that it works: sensors, the connection to its server, ...
static bool self_test(void) { return true; }

void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());

  updraft_config_t config = updraft_config_default();  // port and policy: sdkconfig.defaults
  ESP_ERROR_CHECK(updraft_start(&config));

  if (updraft_is_on_trial() && self_test()) ESP_ERROR_CHECK(updraft_confirm());
}
