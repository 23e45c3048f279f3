// The update page, its WebSocket, the status document and uploads of scripts on the application's
// own esp_http_server, http or https: GET /ota, /ota/ws, /ota/status, and POST /ota:
//
//   curl -H 'X-Updraft: 1' --data-binary @app.bin http://thermostat.local/ota
//
//   ESP_ERROR_CHECK(updraft_start(&config));
//   http_config.stack_size = 8192;                           // updates run on the server's task
//   ESP_ERROR_CHECK(httpd_start(&server, &http_config));     // or httpd_ssl_start()
//   updraft_http_t site = updraft_http_default();            // port 80
//   site.name = "thermostat.local";
//   ESP_ERROR_CHECK(updraft_http_register(server, &site));
//
// Scripts that log in, and browsers, send heads of more than 512 bytes:
// CONFIG_HTTPD_MAX_REQ_HDR_LEN has to be 1024.
//
// It takes four of the server's URI handlers and up to six fields of a response. sdkconfig needs
// CONFIG_HTTPD_WS_SUPPORT=y and, if this ESP-IDF has it (6.0 and later, 5.5.2),
// CONFIG_HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT=y: then a foreign page is refused before its WebSocket
// stands; else right after, before a frame of it is read.
#pragma once
#include "esp_http_server.h"
#include "updraft.h"

#ifdef __cplusplus
extern "C" {
#endif

// How this server is reached. Requests with another Host are refused (DNS rebinding); addresses and
// "localhost" always fit.
typedef struct {
  size_t struct_size;  // set by updraft_http_default()
  uint16_t port;       // not used: every port passes
  bool tls;            // https
  const char* name;    // "thermostat.local"; NULL: by address only
  // Whoever knows it may install, keep, go back and restart, and nobody else; it must stay where it
  // is. It never crosses the network, but plain http lets others guess off line: take a long one.
  // Scripts log in by HTTP: Digest, with tls Basic (curl --digest -u any:PASSWORD).
  // NULL: nobody has to log in, and allow_unsigned_ws, _http and _https decide.
  const char* password;
} updraft_http_t;

void updraft_http_init(updraft_http_t* site, size_t struct_size);
static inline updraft_http_t updraft_http_default(void) {
  updraft_http_t site;
  updraft_http_init(&site, sizeof site);
  return site;
}

// After updraft_start(), once. `site` NULL: the default. The server runs as long as the program.
// Errors: ESP_ERR_INVALID_STATE (not started, or registered before), ESP_ERR_INVALID_VERSION
// (`site` is not from updraft_http_default(), or of another release than the library),
// ESP_ERR_INVALID_ARG (an empty password), ESP_ERR_NO_MEM, and those of
// httpd_register_uri_handler().
esp_err_t updraft_http_register(httpd_handle_t server, const updraft_http_t* site);

#ifdef __cplusplus
}
#endif
