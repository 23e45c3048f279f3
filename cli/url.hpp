// Target URLs: scheme://host[:port][/path], IPv6 hosts in brackets.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "updraft/core/intake.hpp"

namespace updraft::cli {

inline constexpr std::uint16_t kRawPort =
    18000;  // raw-tcp.md section 1: what its users are used to

inline constexpr std::uint16_t kBundlePort = 8266;  // socket-bundle.md section 1

struct Url {
  Scheme scheme;
  std::string host;  // without brackets
  std::uint16_t port;
  std::string text() const;  // raw://[::1]:18000
};

// Fills in the scheme's default port. Throws Stop(kUsage) with a sentence for anything else.
Url parse_url(std::string_view text);

}  // namespace updraft::cli
