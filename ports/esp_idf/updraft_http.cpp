#include "updraft_http.h"

#include "ports/esp_idf/http_door.hpp"

extern "C" esp_err_t updraft_http_register(httpd_handle_t server, const updraft_http_t* site) {
  using updraft::esp_idf::HttpDoor;
  static HttpDoor* door = nullptr;
  updraft::esp_idf::Service* const service = updraft::esp_idf::started_service();
  if (service == nullptr || door != nullptr) return ESP_ERR_INVALID_STATE;
  const updraft_http_t plain = {.port = 80, .tls = false, .name = nullptr};
  auto mine = updraft::esp_idf::make_owned<HttpDoor>(*service, site != nullptr ? *site : plain);
  if (mine == nullptr) return ESP_ERR_NO_MEM;
  const esp_err_t err = mine->open(server);
  if (err == ESP_OK) door = mine.release();
  return err;
}
