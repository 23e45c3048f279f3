// A device that takes socket bundles with a password:
// updraft push DIRECTORY bundle://DEVICE --password-file secret
#include "esp_event.h"
#include "esp_netif.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "sdkconfig.h"
#include "updraft.h"

static bool self_test(void) { return true; }

void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());

  updraft_config_t config = updraft_config_default();  // the port: sdkconfig.defaults
  config.bundle_password = CONFIG_EXAMPLE_BUNDLE_PASSWORD;
  ESP_ERROR_CHECK(updraft_start(&config));

  if (updraft_is_on_trial() && self_test()) ESP_ERROR_CHECK(updraft_confirm());
}
