// An update page on the product's own web server: http://DEVICE/ota
#include "esp_event.h"
#include "esp_http_server.h"
#include "esp_netif.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "sdkconfig.h"
#include "updraft.h"
#include "updraft_http.h"
#ifdef HAS_CERTIFICATE
#include "esp_https_server.h"
#endif

// Updates run on the server's task.
static const size_t kStack = 10240;

// The product's own server and its pages; Updraft adds /ota, /ota/ws and /ota/status to it.
static httpd_handle_t start_server(updraft_http_t* site) {
  httpd_handle_t server = NULL;
#ifdef HAS_CERTIFICATE
  extern const unsigned char cert_begin[] asm("_binary_cert_pem_start");
  extern const unsigned char cert_end[] asm("_binary_cert_pem_end");
  extern const unsigned char key_begin[] asm("_binary_key_pem_start");
  extern const unsigned char key_end[] asm("_binary_key_pem_end");
  httpd_ssl_config_t config = HTTPD_SSL_CONFIG_DEFAULT();
  config.servercert = cert_begin;
  config.servercert_len = cert_end - cert_begin;
  config.prvtkey_pem = key_begin;
  config.prvtkey_len = key_end - key_begin;
  config.httpd.stack_size = kStack;
  ESP_ERROR_CHECK(httpd_ssl_start(&server, &config));
  site->port = config.port_secure;
  site->tls = true;
#else
  httpd_config_t config = HTTPD_DEFAULT_CONFIG();
  config.stack_size = kStack;
  ESP_ERROR_CHECK(httpd_start(&server, &config));
  site->port = config.server_port;
#endif
  return server;
}

static bool self_test(void) { return true; }

void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());

  updraft_config_t config = updraft_config_default();
#ifdef HAS_RSA_KEY
  extern const unsigned char rsa_begin[] asm("_binary_rsa_key_der_start");
  extern const unsigned char rsa_end[] asm("_binary_rsa_key_der_end");
  config.seal_rsa_key = rsa_begin;
  config.seal_rsa_key_size = rsa_end - rsa_begin;
#endif
  ESP_ERROR_CHECK(updraft_start(&config));

  updraft_http_t site = updraft_http_default();
  httpd_handle_t server = start_server(&site);
  if (CONFIG_EXAMPLE_SITE_PORT != 0) site.port = CONFIG_EXAMPLE_SITE_PORT;
  ESP_ERROR_CHECK(updraft_http_register(server, &site));

  // With a self-test the image keeps itself; without these lines the page asks the user.
  if (updraft_is_on_trial() && self_test()) ESP_ERROR_CHECK(updraft_confirm());
}
