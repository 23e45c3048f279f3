// Updraft.page(): a server of its own, beside whatever the sketch serves.
#define UPDRAFT_IN_THE_LIBRARY
#include "Updraft.h"
#include "esp_http_server.h"
#include "ports/arduino/sketch.hpp"
#include "updraft_http.h"

namespace {

using updraft::arduino::Sketch;

constexpr size_t kStack = 10240;          // updates run on the server's task
constexpr uint16_t kControlPort = 32769;  // a server of the sketch's has 32768
constexpr uint16_t kHandlers = 12;        // of the page 4, of elegant() 5, of form() 3

esp_err_t open_page(const Sketch& sketch) {
  httpd_config_t config = HTTPD_DEFAULT_CONFIG();
  config.server_port = sketch.page_port;
  config.ctrl_port = kControlPort;
  config.stack_size = kStack;
  config.max_uri_handlers = kHandlers;
  httpd_handle_t server = nullptr;
  const esp_err_t err = httpd_start(&server, &config);
  if (err != ESP_OK) return err;
  updraft_http_t site = updraft_http_default();
  site.port = sketch.page_port;
  site.name = sketch.page_name;
  site.password = sketch.page_password;
  return updraft_http_register(server, &site);
}

}  // namespace

UpdraftSketch& UpdraftSketch::page(uint16_t port, const char* password) {
  Sketch& mine = updraft::arduino::sketch();
  mine.open_page = &open_page;
  mine.page_port = port;
  mine.page_password = password;
  return *this;
}

UpdraftSketch& UpdraftSketch::name(const char* name) {
  updraft::arduino::sketch().page_name = name;
  return *this;
}
