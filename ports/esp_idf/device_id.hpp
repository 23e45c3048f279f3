// How others know this device: the product's name for it, else 12 digits of the address that the
// chip was made with.
#pragma once
#include <array>

#include "engine/core/hex.hpp"
#include "esp_mac.h"
#include "protocols/native/native_pairing.hpp"
#include "updraft.h"

namespace updraft::esp_idf {

using DeviceId = Text<link::kNativeIdBytes>;

inline DeviceId device_id(const updraft_config_t& config) {
  if (config.native_id != nullptr) return DeviceId(std::string_view(config.native_id));
  std::array<std::byte, 6> mac{};
  (void)esp_read_mac(reinterpret_cast<std::uint8_t*>(mac.data()), ESP_MAC_WIFI_STA);
  std::array<std::byte, 2 * mac.size()> digits;
  write_hex(mac, digits);
  return DeviceId(as_text(digits));
}

}  // namespace updraft::esp_idf
