#include "ports/esp_idf/pull_url.hpp"

#include <algorithm>

#include "ports/esp_idf/doors.hpp"

namespace updraft::esp_idf {

std::optional<PullUrl> parse_pull_url(std::string_view text) {
  if constexpr (!kFetches) return std::nullopt;
  PullUrl url{};
  constexpr std::string_view kAfterWord = "://";
  const std::size_t word = text.find(kAfterWord);
  const auto row = std::ranges::find_if(kDoorRows, [&](const DoorRow& one) {
    return one.protocol.fetches && one.make != nullptr && one.protocol.name == text.substr(0, word);
  });
  if (word == text.npos || row == std::end(kDoorRows)) return std::nullopt;
  url.scheme = row->protocol;
  text.remove_prefix(word + kAfterWord.size());
  const UrlWord& usual = row->protocol.words.front();
  if (!usual.path.empty()) {
    const std::size_t path = text.find('/');
    if (path == text.npos) return std::nullopt;
    text = text.substr(0, path);
    if (text.find(':') == text.npos && !text.empty() && text.size() <= kMaxHost) {
      std::copy(text.begin(), text.end(), url.host.begin());
      url.port = usual.port;
      return url;
    }
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || colon > kMaxHost) return std::nullopt;
  std::copy_n(text.begin(), colon, url.host.begin());
  const std::string_view digits = text.substr(colon + 1);
  if (digits.empty() || digits.size() > 5) return std::nullopt;
  std::uint32_t port = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    port = port * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  if (port == 0 || port > UINT16_MAX) return std::nullopt;
  url.port = static_cast<std::uint16_t>(port);
  return url;
}

}  // namespace updraft::esp_idf
