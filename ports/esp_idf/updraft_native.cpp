// The C API of the native push's pairing.
#include "updraft_native.h"

#include <algorithm>

#include "ports/esp_idf/native_door.hpp"
#include "ports/esp_idf/service.hpp"

static_assert(UPDRAFT_PAIRING_SIZE == updraft::link::kPairingTextBytes + 1);

extern "C" {

esp_err_t updraft_pairing(char* line, size_t size) {
  updraft::esp_idf::Service* const service = updraft::esp_idf::started_service();
  updraft::esp_idf::NativeDoor* const door = updraft::esp_idf::native_door();
  if (service == nullptr || door == nullptr) return ESP_ERR_INVALID_STATE;
  if (line == nullptr || size < UPDRAFT_PAIRING_SIZE) return ESP_ERR_INVALID_SIZE;
  const updraft::esp_idf::Held held(service->lock());
  const std::string_view text = door->pairing_line({line, size - 1});
  line[text.size()] = '\0';
  return text.empty() ? ESP_ERR_NOT_FOUND : ESP_OK;
}

esp_err_t updraft_unpair(void) {
  updraft::esp_idf::NativeDoor* const door = updraft::esp_idf::native_door();
  if (door == nullptr) return ESP_ERR_INVALID_STATE;
  door->ask_to_unpair();
  return ESP_OK;
}

}  // extern "C"
