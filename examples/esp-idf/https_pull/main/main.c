// A device that keeps itself at what a web server gives, as with esp_https_ota: the URL is in
// sdkconfig.defaults, the server may be any.
#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "updraft.h"

// How it went: UPDRAFT_EVENT_ENDED has the code and a sentence that says what to do.
static void on_event(const updraft_event_t* event, void* context) {
  (void)context;
  if (event->id == UPDRAFT_EVENT_ENDED) ESP_LOGW("app", "%s: %s", event->code, event->message);
  if (event->id == UPDRAFT_EVENT_INSTALLED) ESP_LOGI("app", "%s is next", event->version);
}

void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());

  updraft_config_t config = updraft_config_default();  // the URL, how often: sdkconfig.defaults
  config.on_event = on_event;
  config.pull_ca = NULL;  // ESP-IDF's certificate bundle; or the PEM of your server's authority
  ESP_ERROR_CHECK(updraft_start(&config));
  // ... self-test of the product ...
  if (updraft_is_on_trial()) ESP_ERROR_CHECK(updraft_confirm());
}
