// Where a device fetches from: "req://host:port", "raw://host:port".
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/intake.hpp"

namespace updraft::esp_idf {

inline constexpr std::size_t kMaxHost = 63;

struct PullUrl {
  Scheme scheme;                          // raw or req
  std::array<char, kMaxHost + 1> host{};  // ends with NUL
  std::uint16_t port;
};

std::optional<PullUrl> parse_pull_url(std::string_view text);

}  // namespace updraft::esp_idf
