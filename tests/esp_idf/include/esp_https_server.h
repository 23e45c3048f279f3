#pragma once
#include "esp_http_server.h"
typedef struct {
  httpd_config_t httpd;
  const uint8_t* servercert;
  size_t servercert_len;
  const uint8_t* prvtkey_pem;
  size_t prvtkey_len;
  uint16_t port_secure;
} httpd_ssl_config_t;
#define HTTPD_SSL_CONFIG_DEFAULT() {.port_secure = 443}
esp_err_t httpd_ssl_start(httpd_handle_t* handle, httpd_ssl_config_t* config);
