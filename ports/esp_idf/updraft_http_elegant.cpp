#include "updraft_http_elegant.h"

#include <atomic>

#include "ports/esp_idf/http_exchange.hpp"
#include "ports/esp_idf/http_handlers.hpp"
#include "ports/esp_idf/once.hpp"
#include "ports/esp_idf/owned.hpp"
#include "protocols/elegant/elegant_device.hpp"

namespace updraft::esp_idf {
namespace {

// The server's task calls it for as long as the program runs.
class ElegantHandlers {
 public:
  explicit ElegantHandlers(HttpHandlers& page) : page_(page) {}

  esp_err_t open(bool& reachable) {
    const esp_err_t err = page_.show_at("/update", "/update/status", "/update/ws");
    if (err != ESP_OK) return err;
    const HttpRouteRow rows[] = {{"/ota/start", HTTP_GET, &on_request},
                                 {"/ota/upload", HTTP_POST, &on_request}};
    return add_routes(page_.server(), rows, this, reachable);
  }

 private:
  static esp_err_t on_request(httpd_req_t* request) {
    auto& mine = *static_cast<ElegantHandlers*>(request->user_ctx);
    Service& service = mine.page_.service();
    {
      const Held held(service.lock());
      mine.machine_.emplace(service.intake(), mine.starts_,
                            link::ElegantDevice::Config{.most = service.payload_bytes(),
                                                        .login = mine.page_.login(),
                                                        .targets = service.targets()});
    }
    return mine.page_.run(request, *mine.machine_, link::HttpMark::origin);
  }

  HttpHandlers& page_;
  link::ElegantStarts starts_;
  std::optional<link::ElegantDevice> machine_;  // of the request that is on its way, or was
};

// The server's task calls it for as long as the program runs.
std::atomic<ElegantHandlers*> registered_elegant = nullptr;

esp_err_t open_elegant(HttpHandlers& page) {
  auto mine = make_owned<ElegantHandlers>(page);
  if (mine == nullptr) return ESP_ERR_NO_MEM;
  bool reachable = false;
  const esp_err_t err = mine->open(reachable);
  if (err == ESP_OK) {
    page.service().say_way(
        {.scheme = kElegant, .place = "POST /ota/upload", .has_password = page.login() != nullptr});
  }
  if (reachable) registered_elegant = mine.release();
  return err;
}

}  // namespace
}  // namespace updraft::esp_idf

extern "C" esp_err_t updraft_http_elegant_register(void) {
  static updraft::esp_idf::Once once;
  updraft::esp_idf::HttpHandlers* const page = updraft::esp_idf::registered_page();
  const bool there = updraft::esp_idf::registered_elegant != nullptr;
  if (page == nullptr || there || !once.take()) return ESP_ERR_INVALID_STATE;
  const esp_err_t err = updraft::esp_idf::open_elegant(*page);
  if (err != ESP_OK) once.give_back();
  return err;
}
