#include "engine/format/version_order.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace updraft::format {
namespace {

constexpr std::size_t kNumbers = 5;

// The numbers; after them -1 for a pre-release, 0, or the commits since the tag.
using Order = std::array<std::int64_t, kNumbers + 1>;

// Takes a number off the text.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const char* const first = text.data();
  const auto [after, error] = std::from_chars(first, first + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(after - first));
  return number;
}

// "-14-g1a2b3c4" counts commits; "-dirty" and "+build" say nothing; the rest is a pre-release.
std::int64_t rank_of(std::string_view suffix) {
  if (suffix.empty() || suffix.front() == '+' || suffix == "-dirty") return 0;
  suffix.remove_prefix(1);
  const auto commits = take_number(suffix);
  return commits && suffix.starts_with("-g") ? std::int64_t{*commits} : -1;
}

std::optional<Order> order_of(std::string_view text) {
  Order order{};
  if (text.starts_with('v') || text.starts_with('V')) text.remove_prefix(1);
  std::size_t count = 0;
  do {
    if (count > 0) text.remove_prefix(1);
    const auto number = take_number(text);
    if (!number || count == kNumbers) return std::nullopt;
    order[count++] = *number;
  } while (text.starts_with('.'));
  const bool ends = text.empty() || text.front() == '-' || text.front() == '+';
  if (count < 2 || !ends) return std::nullopt;
  order[kNumbers] = rank_of(text);
  return order;
}

}  // namespace

bool is_older(std::string_view a, std::string_view b) {
  const auto first = order_of(a), second = order_of(b);
  return first && second && *first < *second;
}

}  // namespace updraft::format
