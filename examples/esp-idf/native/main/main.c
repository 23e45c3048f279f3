// A device that its owner pushes to, and nobody else: the log shows a line for `updraft pair`, then
// `updraft push build/native.bin updraft://DEVICE` from that computer ends when the new image runs.
#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "updraft.h"
#include "updraft_native.h"

static const char kTag[] = "app";

static void on_event(const updraft_event_t* event, void* context) {
  (void)context;
  if (event->id == UPDRAFT_EVENT_ENDED) ESP_LOGW(kTag, "%s: %s", event->code, event->message);
}

// What a product checks before it says that it works: sensors, the connection to its server, ...
static bool self_test(void) { return true; }

void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());  // it keeps the pairing
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());

  updraft_config_t config = updraft_config_default();  // port and stack: sdkconfig.defaults
  config.on_event = on_event;
  ESP_ERROR_CHECK(updraft_start(&config));

  char line[UPDRAFT_PAIRING_SIZE];
  if (updraft_pairing(line, sizeof line) == ESP_OK) {
    ESP_LOGI(kTag, "a product with a display shows its line as a QR code now");
  }
  if (updraft_is_on_trial() && self_test()) ESP_ERROR_CHECK(updraft_confirm());
}
