// Where a device fetches from: "req://host:port", by any protocol of the list that fetches; where
// its URLs have a path, "https://host/path" with or without a port.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/protocols.hpp"

namespace updraft::esp_idf {

#ifdef UPDRAFT_NO_FETCH  // CONFIG_UPDRAFT_FETCH is off: nothing looks a name up
inline constexpr bool kFetches = false;
#else
inline constexpr bool kFetches = true;
#endif
inline constexpr std::size_t kMaxHost = 63;

struct PullUrl {
  Scheme scheme;
  std::array<char, kMaxHost + 1> host{};  // ends with NUL
  std::uint16_t port;
};

std::optional<PullUrl> parse_pull_url(std::string_view text);

}  // namespace updraft::esp_idf
