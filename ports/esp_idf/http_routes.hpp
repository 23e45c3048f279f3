// Further routes on the server that updraft_http_register() was given, registered all or none.
#pragma once
#include <span>

#include "esp_http_server.h"

namespace updraft::esp_idf {

struct HttpRouteRow {
  const char* uri;
  httpd_method_t method;
  esp_err_t (*handler)(httpd_req_t* request);
  bool is_socket = false;
  esp_err_t (*before_handshake)(httpd_req_t* request) = nullptr;
};

// `context` is the handlers' user_ctx. `reachable`: set if one was registered before another
// failed: it may still run, so what it stands on must stay.
inline esp_err_t add_routes(httpd_handle_t server, std::span<const HttpRouteRow> rows,
                            void* context, bool& reachable) {
  for (const HttpRouteRow& row : rows) {
    httpd_uri_t uri{};
    uri.uri = row.uri;
    uri.method = row.method;
    uri.handler = row.handler;
    uri.user_ctx = context;
    uri.is_websocket = row.is_socket;
#ifdef CONFIG_HTTPD_WS_PRE_HANDSHAKE_CB_SUPPORT
    uri.ws_pre_handshake_cb = row.before_handshake;
#endif
    const esp_err_t err = httpd_register_uri_handler(server, &uri);
    reachable = reachable || err == ESP_OK;
    if (err == ESP_OK) continue;
    for (const HttpRouteRow& one : rows) {  // those not there do not matter
      (void)httpd_unregister_uri_handler(server, one.uri, one.method);
    }
    return err;
  }
  return ESP_OK;
}

}  // namespace updraft::esp_idf
