#include "ports/esp_idf/mqtt_url.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "protocols/mqtt/mqtt_packets.hpp"

namespace updraft::esp_idf {

std::optional<MqttUrl> parse_mqtt_url(std::string_view text) {
  constexpr std::string_view kAfterWord = "://";
  const std::size_t word = text.find(kAfterWord);
  const auto* const row = std::ranges::find(kMqttWords, text.substr(0, word), &UrlWord::word);
  if (word == text.npos || row == std::end(kMqttWords)) return std::nullopt;
  text.remove_prefix(word + kAfterWord.size());
  const std::size_t slash = text.find('/');
  if (slash == text.npos || !link::is_mqtt_topic(text.substr(slash + 1))) return std::nullopt;
  MqttUrl url{.port = row->port, .tls = row->tls, .topic = text.substr(slash + 1)};
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
