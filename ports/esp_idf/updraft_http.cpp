#include "updraft_http.h"

#include <atomic>

#include "esp_log.h"
#include "ports/esp_idf/http_handlers.hpp"
#include "ports/esp_idf/once.hpp"
#include "ports/esp_idf/reporter.hpp"
#include "ports/esp_idf/struct_size.hpp"

namespace {

using updraft::esp_idf::HttpHandlers;

std::atomic<HttpHandlers*> registered = nullptr;

// The server's task calls the handlers for as long as the program runs.
esp_err_t open_handlers(updraft::esp_idf::Service& service, httpd_handle_t server,
                        const updraft_http_t& site) {
  esp_err_t err = updraft::esp_idf::check_struct(site, "start from updraft_http_default()");
  if (err != ESP_OK) return err;
  if (site.password != nullptr && site.password[0] == '\0') {
    ESP_LOGE(updraft::esp_idf::kLogTag, "the page: an empty password protects nothing");
    return ESP_ERR_INVALID_ARG;
  }
  auto mine = updraft::esp_idf::make_owned<HttpHandlers>(service, site);
  if (mine == nullptr) return ESP_ERR_NO_MEM;
  err = mine->open(server);
  if (err == ESP_OK) {
    registered = mine.get();
    const bool password = site.password != nullptr;
    service.say_way({.scheme = updraft::kWs, .place = "/ota", .has_password = password});
    service.say_way({.scheme = site.tls ? updraft::kHttps : updraft::kHttp,
                     .place = "POST /ota",
                     .has_password = password});
  }
  if (mine->was_reachable()) (void)mine.release();
  return err;
}

}  // namespace

namespace updraft::esp_idf {
HttpHandlers* registered_page() { return registered; }
}  // namespace updraft::esp_idf

extern "C" {

void updraft_http_init(updraft_http_t* out, size_t struct_size) {
  updraft_http_t site{};
  site.port = 80;
  updraft::esp_idf::init_struct(out, struct_size, site);
}

esp_err_t updraft_http_register(httpd_handle_t server, const updraft_http_t* site) {
  static updraft::esp_idf::Once once;
  updraft::esp_idf::Service* const service = updraft::esp_idf::started_service();
  if (service == nullptr || !once.take()) return ESP_ERR_INVALID_STATE;
  const esp_err_t err =
      open_handlers(*service, server, site != nullptr ? *site : updraft_http_default());
  if (err != ESP_OK) once.give_back();
  return err;
}

}  // extern "C"
