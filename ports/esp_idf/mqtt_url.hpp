// Where a device subscribes: "mqtt://host[:port]/topic", or "mqtts://" for TLS.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "ports/esp_idf/pull_url.hpp"

namespace updraft::esp_idf {

struct MqttUrl {
  std::array<char, kMaxHost + 1> host{};  // ends with NUL
  std::uint16_t port = 0;
  bool tls = false;
  std::string_view topic;  // of the text
};

// nullopt: it is none, or has a wildcard.
std::optional<MqttUrl> parse_mqtt_url(std::string_view text);

}  // namespace updraft::esp_idf
