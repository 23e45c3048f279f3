#include "protocols/pull/web_url.hpp"

#include <algorithm>

#include "protocols/pull/web_text.hpp"

namespace updraft::link {
namespace {

constexpr std::string_view kHttpsWord = "https://", kHttpWord = "http://";

bool begins_with(std::string_view text, std::string_view word) {
  return same_word(text.substr(0, word.size()), word);
}

bool is_name_char(char c) {
  return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_';
}
bool is_address_char(char c) { return is_hex_digit(c) || c == ':' || c == '.'; }

// What RFC 3986 lets stand in a path or a query; the rest has to be %-encoded.
bool is_path_char(char c) {
  constexpr std::string_view kNever = "\"<>\\^`{|}#";
  return c > ' ' && c < '\x7f' && kNever.find(c) == kNever.npos;
}

std::string_view take_host(std::string_view& rest, bool& in_brackets) {
  in_brackets = rest.starts_with('[');
  const std::size_t end = in_brackets ? rest.find(']') : std::min(rest.find(':'), rest.size());
  if (end == rest.npos) return {};
  const std::size_t skip = in_brackets ? 1 : 0;
  const std::string_view host = from(rest.substr(0, end), skip);
  rest.remove_prefix(end + skip);
  const bool sound = std::ranges::all_of(host, in_brackets ? is_address_char : is_name_char);
  return sound && host.size() <= kWebHostBytes ? host : std::string_view{};
}

}  // namespace

std::optional<WebUrl> parse_web_url(std::string_view text) {
  if (text.size() > kWebUrlBytes) return std::nullopt;
  text = text.substr(0, text.find('#'));
  WebUrl url;
  url.tls = begins_with(text, kHttpsWord);
  if (!url.tls && !begins_with(text, kHttpWord)) return std::nullopt;
  text.remove_prefix(url.tls ? kHttpsWord.size() : kHttpWord.size());
  const std::size_t slash = std::min(text.find('/'), text.size());
  url.path = slash == text.size() ? std::string_view("/") : from(text, slash);
  if (!std::ranges::all_of(url.path, is_path_char)) return std::nullopt;
  std::string_view server = text.substr(0, slash);
  url.host = take_host(server, url.in_brackets);
  if (url.host.empty()) return std::nullopt;
  url.port = usual_port(url.tls);
  if (server.empty()) return url;
  const std::optional<std::uint64_t> port =
      server.front() == ':' ? decimal(from(server, 1)) : std::nullopt;
  if (!port || *port == 0 || *port > UINT16_MAX) return std::nullopt;
  url.port = static_cast<std::uint16_t>(*port);
  return url;
}

bool is_same_server(const WebUrl& a, const WebUrl& b) {
  return a.tls == b.tls && a.port == b.port && same_word(a.host, b.host);
}

bool WebPlace::set(std::string_view url) {
  url = url.substr(0, url.find('#'));
  return parse_web_url(url) && put(0, url);
}

Result<> WebPlace::follow(std::string_view location) {
  location = location.substr(0, location.find('#'));
  const std::string_view own = text();
  const std::size_t server = own.find("://") + 3;
  const std::size_t path = std::min(own.find('/', server), own.size());
  const std::size_t query = std::min(own.find('?', path), own.size());
  const std::size_t last_slash = own.substr(0, query).rfind('/');
  const bool has_word = location.find(':') < location.find_first_of("/?");
  bool done = false;
  if (has_word) {
    done = set(location);
  } else if (location.starts_with("//")) {
    done = put(server - 2, location);
  } else if (location.starts_with('/')) {
    done = put(path, location);
  } else if (!location.empty() && location.front() != '?' && path < own.size()) {
    done = put(last_slash + 1, location);
  }
  if (!done || !parse_web_url(text()))
    return Error{Code::protocol, Where::link, 0, 0, Reason::web_head};
  return {};
}

// `rest` may not lie in this text.
bool WebPlace::put(std::size_t keep, std::string_view rest) {
  if (keep + rest.size() > text_.size()) return false;
  std::ranges::copy(rest, text_.begin() + static_cast<std::ptrdiff_t>(keep));
  size_ = keep + rest.size();
  return true;
}

}  // namespace updraft::link
