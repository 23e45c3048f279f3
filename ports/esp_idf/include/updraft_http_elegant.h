// ElegantOTA's routes on the server of updraft_http.h, for clients that use them, and the update
// page where their users look for it:
//
//   ESP_ERROR_CHECK(updraft_http_register(server, &site));
//   ESP_ERROR_CHECK(updraft_http_elegant_register());
//
// It takes five of the server's URI handlers (config.max_uri_handlers): GET /update, its /status
// and /ws, GET /ota/start, POST /ota/upload. config.allow_unsigned_elegant lets in what is not
// signed; a login is that of updraft_http_t.
#pragma once
#include "updraft_http.h"

#ifdef __cplusplus
extern "C" {
#endif

// After updraft_http_register(), once. Errors: ESP_ERR_INVALID_STATE (that was not called, or this
// was), ESP_ERR_NO_MEM, and those of httpd_register_uri_handler().
esp_err_t updraft_http_elegant_register(void);

#ifdef __cplusplus
}
#endif
