// The component espressif/mdns, as far as it is asked: what it was told stands in the chip.
#include <cstring>

#include "mdns.h"
#include "tests/esp_idf/fake_chip.hpp"

using updraft::esp_idf::chip;
using updraft::esp_idf::expect_no_lock;

extern "C" {

esp_err_t mdns_init(void) { return chip().mdns.works ? ESP_OK : ESP_ERR_NO_MEM; }
esp_err_t mdns_hostname_set(const char* hostname) {
  expect_no_lock("mdns_hostname_set");
  chip().mdns.host = hostname;
  return ESP_OK;
}
esp_err_t mdns_hostname_get(char* hostname) {
  std::strcpy(hostname, chip().mdns.host.c_str());
  return ESP_OK;
}
esp_err_t mdns_service_add(const char* instance_name, const char* service_type, const char* proto,
                           uint16_t port, mdns_txt_item_t txt[], size_t num_items) {
  expect_no_lock("mdns_service_add");
  chip().mdns.service = std::string(instance_name) + "." + service_type + "." + proto;
  chip().mdns.port = port;
  for (size_t i = 0; i < num_items; ++i) chip().mdns.text[txt[i].key] = txt[i].value;
  return ESP_OK;
}
esp_err_t mdns_service_txt_item_set(const char*, const char*, const char* key, const char* value) {
  expect_no_lock("mdns_service_txt_item_set");
  chip().mdns.text[key] = value;
  return ESP_OK;
}

}  // extern "C"
