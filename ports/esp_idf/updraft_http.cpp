#include "updraft_http.h"

#include "ports/esp_idf/http_handlers.hpp"
#include "ports/esp_idf/struct_size.hpp"

extern "C" {

void updraft_http_init(updraft_http_t* out, size_t struct_size) {
  updraft_http_t site{};
  site.port = 80;
  updraft::esp_idf::init_struct(out, struct_size, site);
}

esp_err_t updraft_http_register(httpd_handle_t server, const updraft_http_t* site) {
  using updraft::esp_idf::HttpHandlers;
  static HttpHandlers* registered = nullptr;
  updraft::esp_idf::Service* const service = updraft::esp_idf::started_service();
  if (service == nullptr || registered != nullptr) return ESP_ERR_INVALID_STATE;
  const updraft_http_t asked = site != nullptr ? *site : updraft_http_default();
  esp_err_t err = updraft::esp_idf::check_struct(asked, "start from updraft_http_default()");
  if (err != ESP_OK) return err;
  auto mine = updraft::esp_idf::make_owned<HttpHandlers>(*service, asked);
  if (mine == nullptr) return ESP_ERR_NO_MEM;
  err = mine->open(server);
  if (err == ESP_OK) registered = mine.release();
  return err;
}

}  // extern "C"
