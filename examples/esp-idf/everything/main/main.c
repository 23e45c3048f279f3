// All ways in together, with every callback: the tour of updraft.h.
#include "esp_event.h"
#include "esp_http_server.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "updraft.h"
#include "updraft_http.h"
#include "updraft_http_elegant.h"
#include "updraft_http_form.h"

static const char kTag[] = "app";
static int seconds_well = 0;

static bool may_install(const char* scheme, uint64_t total, void* context) {
  (void)context;
  ESP_LOGI(kTag, "asked over %s: may %llu bytes be installed? yes", scheme,
           (unsigned long long)total);
  return true;
}

// Healthy after five seconds in a row: a stand-in for a real self-test.
static bool is_healthy(void* context) {
  (void)context;
  return ++seconds_well >= 5;
}

static void on_event(const updraft_event_t* event, void* context) {
  (void)context;
  switch (event->id) {
    case UPDRAFT_EVENT_ACCEPTED:
      ESP_LOGI(kTag, "an update is being written");
      break;
    case UPDRAFT_EVENT_PROGRESS:
      break;  // often: a product moves a bar here
    case UPDRAFT_EVENT_INSTALLED:
      ESP_LOGI(kTag, "installed %s; restarting",
               event->version[0] != '\0' ? event->version : "files");
      break;
    case UPDRAFT_EVENT_CURRENT:
      ESP_LOGI(kTag, "%s runs already; nothing was changed", event->version);
      break;
    case UPDRAFT_EVENT_RESCUE:  // of rescue apps alone
    case UPDRAFT_EVENT_PART:    // of products with data partitions (examples/esp-idf/files)
    case UPDRAFT_EVENT_UNCHANGED:
      break;  // its web server has nothing new
    case UPDRAFT_EVENT_ENDED:
      ESP_LOGW(kTag, "%s: %s: %s", event->refused ? "refused" : "failed", event->code,
               event->message);
      break;
    case UPDRAFT_EVENT_ON_TRIAL:
      ESP_LOGI(kTag, "this image is new here");
      break;
    case UPDRAFT_EVENT_CONFIRMED:
      ESP_LOGI(kTag, "this image stays");
      break;
    case UPDRAFT_EVENT_ROLLED_BACK:
      ESP_LOGW(kTag, "this image is given up; save what the old one needs");
      break;
    case UPDRAFT_EVENT_REMEMBERED:
      ESP_LOGW(kTag, "the last image failed; it is not taken again");
      break;
  }
}

void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());

  updraft_config_t config = updraft_config_default();
  config.raw_aes = UPDRAFT_AES_256_CBC;  // a key of your own; it hides, it proves nothing
  config.raw_key = "change me: 32 characters of key.";
  config.raw_iv = "16 characters IV";
  config.may_install = may_install;
  config.is_healthy = is_healthy;
  config.on_event = on_event;
  ESP_ERROR_CHECK(updraft_start(&config));

  httpd_handle_t server = NULL;
  httpd_config_t http = HTTPD_DEFAULT_CONFIG();
  http.stack_size = 8192;      // updates run on the server's task
  http.max_uri_handlers = 12;  // the page takes 4, the form 3, ElegantOTA's routes 5
  ESP_ERROR_CHECK(httpd_start(&server, &http));
  updraft_http_t site = updraft_http_default();
  site.port = http.server_port;
  ESP_ERROR_CHECK(updraft_http_register(server, &site));
  ESP_ERROR_CHECK(updraft_http_form_register(NULL));
  ESP_ERROR_CHECK(updraft_http_elegant_register());
}
