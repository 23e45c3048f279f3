#include "cli/url.hpp"

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

}  // namespace

std::string Url::text() const {
  const bool bracket = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", name(scheme), bracket ? "[" : "", host, bracket ? "]" : "",
                     port);
}

Url parse_url(std::string_view text) {
  constexpr std::string_view kRaw = "raw://";
  constexpr std::string_view kBundle = "bundle://";
  const bool bundle = text.starts_with(kBundle);
  if (!bundle && !text.starts_with(kRaw)) {
    throw Stop(kUsage, fmt::format("{}: want a target like raw://192.168.1.20:18000", text));
  }
  std::string_view rest = text.substr(bundle ? kBundle.size() : kRaw.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  Url url{bundle ? Scheme::bundle : Scheme::raw, {}, bundle ? kBundlePort : kRawPort};
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
    throw Stop(kUsage, fmt::format("{}: {} has no path", text, name(url.scheme)));
  url.port = parse_port(rest.substr(1), text);
  return url;
}

}  // namespace updraft::cli
