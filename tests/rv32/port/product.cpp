// A product on the port of ESP-IDF, linked for its size only: what of the library and the port is
// in it with the options that CMakeLists.txt sets (docs/footprint.md). ESP-IDF itself is not there.
#include "updraft.h"
#include "updraft_http.h"

int main() {
  updraft_config_t config = updraft_config_default();
  config.raw_port = 8032;
  const esp_err_t err = updraft_start(&config);
#ifdef CONFIG_UPDRAFT_HTTP
  const updraft_http_t site = updraft_http_default();
  if (err == ESP_OK) return updraft_http_register(nullptr, &site);
#endif
  return err;
}
