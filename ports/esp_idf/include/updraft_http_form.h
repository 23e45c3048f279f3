// esp32-ota's web form on the server of updraft_http.h, for tools and habits that use it:
//
//   curl -F file=@app.bin http://192.168.4.1/upload
//
//   ESP_ERROR_CHECK(updraft_http_register(server, &site));
//   updraft_http_form_t form = updraft_http_form_default();
//   ESP_ERROR_CHECK(updraft_http_form_register(&form));
//
// It takes three of the server's URI handlers: GET /, POST /upload, POST /factory.
// config.allow_unsigned_form lets in what is not signed; a login is that of updraft_http_t.
#pragma once
#include "updraft_http.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  size_t struct_size;  // set by updraft_http_form_default()
  bool strict;         // answers 200 also where an update fails, as the original
  updraft_aes_t aes;   // of the file, as of raw TCP; hides it, proves nothing
  const char* key;
  const char* iv;
} updraft_http_form_t;

void updraft_http_form_init(updraft_http_form_t* form, size_t struct_size);
static inline updraft_http_form_t updraft_http_form_default(void) {
  updraft_http_form_t form;
  updraft_http_form_init(&form, sizeof form);
  return form;
}

// After updraft_http_register(), once. NULL: the default. Errors: ESP_ERR_INVALID_STATE (that was
// not called, or this was), ESP_ERR_INVALID_VERSION (`form` is not from
// updraft_http_form_default(), or of another release than the library), ESP_ERR_INVALID_ARG (a key
// that does not fit), ESP_ERR_NO_MEM, and those of httpd_register_uri_handler().
esp_err_t updraft_http_form_register(const updraft_http_form_t* form);

#ifdef __cplusplus
}
#endif
