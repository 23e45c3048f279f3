// A device that takes what its owner signed, and nothing else: README.md makes the keys, and
// `updraft push build/signed.suit raw://DEVICE:8032` sends what they signed.
#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "updraft.h"

static const char kTag[] = "app";

// main/product.keyset, which the build puts into the image.
extern const uint8_t keyset_start[] asm("_binary_product_keyset_start");
extern const uint8_t keyset_end[] asm("_binary_product_keyset_end");

// For which product packages must be: example.com, and lamp/esp32c3/1. `updraft inspect` shows
// yours of a package.
static const uint8_t kVendor[16] = {0xcf, 0xbf, 0xf0, 0xd1, 0x93, 0x75, 0x56, 0x85,
                                    0x96, 0x8c, 0x48, 0xce, 0x8b, 0x15, 0xae, 0x17};
static const uint8_t kClass[16] = {0x78, 0xd3, 0x5c, 0x7e, 0x20, 0x45, 0x50, 0x91,
                                   0xbe, 0x59, 0xd0, 0xa6, 0x6b, 0xd9, 0x9a, 0x49};

static void on_event(const updraft_event_t* event, void* context) {
  (void)context;
  if (event->id == UPDRAFT_EVENT_ENDED) ESP_LOGW(kTag, "%s: %s", event->code, event->message);
}

// What a product checks before it says that it works: sensors, the connection to its server, ...
static bool self_test(void) { return true; }

void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());

  updraft_config_t config = updraft_config_default();  // port and stack: sdkconfig.defaults
  config.keyset = keyset_start;
  config.keyset_size = (size_t)(keyset_end - keyset_start);
  config.vendor_id = kVendor;
  config.class_id = kClass;
  config.on_event = on_event;
  ESP_ERROR_CHECK(updraft_start(&config));

  if (updraft_is_on_trial() && self_test()) ESP_ERROR_CHECK(updraft_confirm());
}
