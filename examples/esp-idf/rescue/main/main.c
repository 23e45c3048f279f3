// A rescue app: receives an update for the product's only slot, and does nothing else. It lies in the
// partition of subtype factory and label "rescue"; the product's app calls updraft_count_start() as well,
// and hands its updates over.
#include <string.h>

#include "esp_event.h"
#include "esp_http_server.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "sdkconfig.h"
#include "updraft.h"
#include "updraft_http.h"
#include "updraft_rescue.h"
#ifdef CONFIG_EXAMPLE_CONNECT_WIFI
#include "esp_wifi.h"
#endif

static const size_t kStack = 10240;  // updates by the page run on the server's task

// Where the product's network cannot be reached: one of its own, by the page's address http://192.168.4.1/ota
static void open_access_point(void) {
#ifdef CONFIG_EXAMPLE_CONNECT_WIFI
  esp_netif_create_default_wifi_ap();
  wifi_config_t config = {.ap = {.channel = 1, .max_connection = 2, .authmode = WIFI_AUTH_WPA2_PSK}};
  strncpy((char*)config.ap.ssid, CONFIG_EXAMPLE_RESCUE_SSID, sizeof config.ap.ssid);
  strncpy((char*)config.ap.password, CONFIG_EXAMPLE_RESCUE_PASSWORD, sizeof config.ap.password);
  ESP_ERROR_CHECK(esp_wifi_set_mode(WIFI_MODE_AP));
  ESP_ERROR_CHECK(esp_wifi_set_config(WIFI_IF_AP, &config));
  ESP_ERROR_CHECK(esp_wifi_start());
#endif
}

static void on_event(const updraft_event_t* event, void* context) {
  (void)context;
  if (event->id == UPDRAFT_EVENT_RESCUE) ESP_LOGW("rescue", "this runs because of: %s", event->code);
}

void app_main(void) {
  updraft_count_start();
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  if (example_connect() != ESP_OK) open_access_point();

  // The same keys and ways in as the product's app; ports and policy: sdkconfig.defaults.
  updraft_config_t config = updraft_config_default();
  config.project = "";  // it is no image of its own project that it takes
  config.on_event = on_event;
  ESP_ERROR_CHECK(updraft_start(&config));

  httpd_handle_t server = NULL;
  httpd_config_t pages = HTTPD_DEFAULT_CONFIG();
  pages.stack_size = kStack;
  ESP_ERROR_CHECK(httpd_start(&server, &pages));
  updraft_http_t site = updraft_http_default();
  ESP_ERROR_CHECK(updraft_http_register(server, &site));
}
