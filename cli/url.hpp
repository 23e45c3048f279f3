// Target URLs: scheme://host[:port][/path], IPv6 hosts in brackets; control:PATH names a serial
// device.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "updraft/core/intake.hpp"

namespace updraft::cli {

// The schemes that a URL can name, with the ports that their users are used to.
struct UrlScheme {
  Scheme scheme;
  std::uint16_t port;
};
inline constexpr UrlScheme kUrlSchemes[] = {{Scheme::raw, 18'000},
                                            {Scheme::req, 8070},
                                            {Scheme::bundle, 8266},
                                            {Scheme::ws, 80},
                                            {Scheme::control, 0}};

const UrlScheme* find_url_scheme(std::string_view name);  // nullptr: there is none

struct Url {
  Scheme scheme;
  std::string host;  // without brackets
  std::uint16_t port;
  std::string path{};        // of control: "/dev/esps0"
  std::string text() const;  // raw://[::1]:18000
};

// Fills in the scheme's default port. Throws Stop(kUsage) with a sentence for anything else.
Url parse_url(std::string_view text);

}  // namespace updraft::cli
