// Target URLs: scheme://host[:port][/path], IPv6 hosts in brackets; control:PATH names a serial
// device.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "updraft/intake.hpp"

namespace updraft::cli {

// The schemes that a URL can name, with the ports that their users are used to.
struct UrlScheme {
  std::string_view word;
  Scheme scheme;
  std::uint16_t port;
  bool tls = false;
  std::string_view path = {};  // where none is given; empty: these URLs have none
};
inline constexpr UrlScheme kUrlSchemes[] = {
    {"raw", Scheme::raw, 18'000},
    {"req", Scheme::req, 8070},
    {"bundle", Scheme::bundle, 8266},
    {"ws", Scheme::ws, 80, false, "/ota/ws"},
    {"wss", Scheme::ws, 443, true, "/ota/ws"},
    {"control", Scheme::control, 0},
};

const UrlScheme* find_url_scheme(std::string_view name);  // nullptr: there is none

struct Url {
  Scheme scheme;
  std::string host;  // without brackets
  std::uint16_t port;
  bool tls = false;
  std::string path = {};     // "/ota/ws"; of control: "/dev/esps0"; empty where the scheme has none
  std::string text() const;  // raw://[::1]:18000
};

// Fills in the scheme's default port and path. Throws Stop(kUsage) with a sentence for anything
// else.
Url parse_url(std::string_view text);

}  // namespace updraft::cli
