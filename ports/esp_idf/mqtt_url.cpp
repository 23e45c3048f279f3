#include "ports/esp_idf/mqtt_url.hpp"

#include <algorithm>
#include <charconv>

#include "protocols/mqtt/mqtt_packets.hpp"

namespace updraft::esp_idf {

std::optional<MqttUrl> parse_mqtt_url(std::string_view text) {
  constexpr std::string_view kWord = "mqtt://";
  if (!text.starts_with(kWord)) return std::nullopt;
  text.remove_prefix(kWord.size());
  const std::size_t slash = text.find('/');
  if (slash == text.npos || !link::is_mqtt_topic(text.substr(slash + 1))) return std::nullopt;
  MqttUrl url{.port = kMqttWords[0].port, .topic = text.substr(slash + 1)};
  text = text.substr(0, slash);
  const std::size_t colon = std::min(text.find(':'), text.size());
  if (colon == 0 || colon > kMaxHost) return std::nullopt;
  std::copy_n(text.begin(), colon, url.host.begin());
  if (colon == text.size()) return url;
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
  const bool sound = error == std::errc{} && end == digits.data() + digits.size() && url.port != 0;
  return sound ? std::optional(url) : std::nullopt;
}

}  // namespace updraft::esp_idf
