#include "cli/url.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "cli/command.hpp"

namespace updraft::cli {
namespace {

std::uint16_t parse_port(std::string_view text, std::string_view url) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
    throw Stop(kUsage, fmt::format("{}: the port must be a number from 1 to 65535", url));
  }
  return port;
}

// Takes the path off the end. A lone slash is none.
std::string take_path(std::string_view& rest, const UrlScheme& scheme, std::string_view url) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view path = rest.substr(slash);
  rest = rest.substr(0, slash);
  if (path.empty() || path == "/") return std::string(scheme.path);
  if (scheme.path.empty()) throw Stop(kUsage, fmt::format("{}: {} has no path", url, scheme.word));
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7f' && c != '#' && c != '?'; };
  if (!std::ranges::all_of(path, is_plain)) {
    throw Stop(kUsage, fmt::format("{}: the path must be plain", url));
  }
  return std::string(path);
}

}  // namespace

const UrlScheme* find_url_scheme(std::string_view word) {
  const auto* const found = std::find_if(std::begin(kUrlSchemes), std::end(kUrlSchemes),
                                         [word](const auto& row) { return row.word == word; });
  return found == std::end(kUrlSchemes) ? nullptr : found;
}

std::string Url::text() const {
  if (scheme == Scheme::control) return "control:" + path;
  const bool bracket = host.find(':') != std::string::npos;
  return fmt::format("{}{}://{}{}{}:{}{}", name(scheme), tls ? "s" : "", bracket ? "[" : "", host,
                     bracket ? "]" : "", port, path);
}

Url parse_url(std::string_view text) {
  constexpr std::string_view kControl = "control:";
  if (text.starts_with(kControl)) {
    if (text == kControl) throw Stop(kUsage, "control: want a device, like control:/dev/esps0");
    return {Scheme::control, {}, 0, false, std::string(text.substr(kControl.size()))};
  }
  constexpr std::string_view kBehindScheme = "://";
  const std::size_t behind = std::min(text.find(kBehindScheme), text.size());
  const UrlScheme* const scheme = find_url_scheme(text.substr(0, behind));
  if (behind == text.size() || scheme == nullptr) {
    throw Stop(kUsage, fmt::format("{}: want a URL like raw://192.168.1.20:18000, "
                                   "req://192.168.1.20:8070, bundle://192.168.1.20:8266, "
                                   "ws://192.168.1.20/ota/ws or control:/dev/esps0",
                                   text));
  }
  std::string_view rest = text.substr(behind + kBehindScheme.size());
  const std::string path = take_path(rest, *scheme, text);
  Url url{scheme->scheme, {}, scheme->port, scheme->tls, path};
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == rest.npos) throw Stop(kUsage, fmt::format("{}: the ] is missing", text));
    url.host = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
  } else {
    url.host = rest.substr(0, rest.find(':'));
    rest.remove_prefix(url.host.size());
  }
  if (url.host.empty()) throw Stop(kUsage, fmt::format("{}: the host is missing", text));
  if (rest.empty()) return url;
  if (!rest.starts_with(':'))
    throw Stop(kUsage, fmt::format("{}: want a colon and the port behind the host", text));
  url.port = parse_port(rest.substr(1), text);
  return url;
}

}  // namespace updraft::cli
