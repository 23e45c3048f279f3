// Pages in a file system that come over the air, alone or with the app, and go back with it.
#include "esp_event.h"
#include "esp_http_server.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_spiffs.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "updraft.h"
#include "updraft_files.h"
#include "updraft_http.h"

static const size_t kStack = 10240;  // updates by the page run on the server's task

// What is in there is ours to read, never to format: an update brings it again.
static bool mount_web(void) {
  if (!updraft_part_ready("web")) return false;
  esp_vfs_spiffs_conf_t config = {
      .base_path = "/web", .partition_label = "web", .max_files = 4, .format_if_mount_failed = false};
  return esp_vfs_spiffs_register(&config) == ESP_OK;
}

void app_main(void) {
  (void)updraft_prepare();  // what it could not bring is not ready
  const bool has_pages = mount_web();
  ESP_LOGI("files", has_pages ? "the pages are there" : "no pages: send some to fs:web");

  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());

  updraft_config_t config = updraft_config_default();  // policy: sdkconfig.defaults
  ESP_ERROR_CHECK(updraft_start(&config));
  httpd_handle_t server = NULL;
  httpd_config_t pages = HTTPD_DEFAULT_CONFIG();
  pages.stack_size = kStack;
  ESP_ERROR_CHECK(httpd_start(&server, &pages));
  ESP_ERROR_CHECK(updraft_http_register(server, NULL));
  // ... the product's own handlers, which read from /web ...

  // The self-test: an app that finds its pages. It keeps app and files alike.
  if (updraft_is_on_trial() && has_pages) ESP_ERROR_CHECK(updraft_confirm());
}
