// URLs of web servers, as a device fetches from them: the parts of RFC 3986 that a request needs.
//
//   https://updates.example:8443/lamp/app.bin?chip=esp32c3
//
// A login in a URL is refused: URLs are shown and logged. A part behind # is left out.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/result.hpp"

namespace updraft::link {

// The links that file stores sign for a redirect have 700 to 1500 characters.
inline constexpr std::size_t kWebUrlBytes = 2048;
inline constexpr std::size_t kWebHostBytes = 253;  // the longest name of the DNS

// Views into the text that was read.
struct WebUrl {
  bool tls = false;
  bool in_brackets = false;  // an IPv6 address
  std::uint16_t port = 0;
  std::string_view host;  // without brackets
  std::string_view path;  // with the query; "/" at least
};

// nullopt: it is none, or longer than kWebUrlBytes.
std::optional<WebUrl> parse_web_url(std::string_view text);

constexpr std::uint16_t usual_port(bool tls) { return tls ? 443 : 80; }
bool is_same_server(const WebUrl& a, const WebUrl& b);

// A URL in memory of its own, which redirects change.
class WebPlace {
 public:
  bool set(std::string_view url);  // false: it is none, and nothing has changed
  // `location` as in a Location field, absolute or relative to this. Error: protocol; then it has
  // to be set anew.
  Result<> follow(std::string_view location);
  WebUrl url() const { return parse_web_url(text()).value_or(WebUrl{}); }
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  bool put(std::size_t keep, std::string_view rest);

  std::array<char, kWebUrlBytes> text_{};
  std::size_t size_ = 0;
};

}  // namespace updraft::link
