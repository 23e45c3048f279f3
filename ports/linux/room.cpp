#include "ports/linux/room.hpp"

#include <algorithm>

namespace updraft::linux_port {
namespace {

std::ptrdiff_t guests_from(Origin from, std::span<const Guest> guests) {
  return std::ranges::count(guests, from, &Guest::from);
}

}  // namespace

std::optional<std::size_t> who_leaves(std::span<const Guest> guests, Instant now) {
  std::optional<std::size_t> leaves;
  for (std::size_t i = 0; i < guests.size(); ++i) {
    if (guests[i].safe_until > now) continue;
    if (!leaves) {
      leaves = i;
      continue;
    }
    const auto here = guests_from(guests[i].from, guests);
    const auto there = guests_from(guests[*leaves].from, guests);
    const bool longer = guests[i].safe_until < guests[*leaves].safe_until;
    if (here > there || (here == there && longer)) leaves = i;
  }
  return leaves;
}

std::optional<Instant> next_chance(std::span<const Guest> guests) {
  Instant next = Instant::max();
  for (const Guest& guest : guests) next = std::min(next, guest.safe_until);
  return next == Instant::max() ? std::nullopt : std::optional(next);
}

std::size_t who_enters(std::span<const Origin> waiting, std::span<const Guest> guests) {
  const auto first = std::ranges::min_element(
      waiting, {}, [guests](Origin from) { return guests_from(from, guests); });
  return static_cast<std::size_t>(first - waiting.begin());
}

std::size_t who_is_sent_away(std::span<const Origin> waiting) {
  std::size_t away = 0;
  std::ptrdiff_t most = 0;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    const std::ptrdiff_t others = std::ranges::count(waiting, waiting[i]);
    if (others > most) away = i;
    most = std::max(most, others);
  }
  return away;
}

}  // namespace updraft::linux_port
