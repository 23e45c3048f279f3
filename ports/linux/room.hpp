// Who gets one of the few places of a listener: by the address that a peer comes from and by what
// its connection has shown. No sockets and no clock, so that it can be tried with tables.
//
// A peer that has a place keeps it for a while even if others wait (Guest::safe_until). After that
// it goes if somebody waits, the one of the most crowded address first. Who waits is let in by
// turns of addresses, the one with the fewest guests first. So clients that say nothing, and come
// back as often as they are dropped, take turns with everybody else; and where they share an
// address, only with each other.
#pragma once
#include <optional>
#include <span>

#include "updraft/time.hpp"

#include "protocols/link/origin.hpp"

namespace updraft::linux_port {

using link::Origin;

struct Guest {
  Origin from = 0;
  Instant safe_until{};  // Instant::max(): as long as it stays proven
};

// The guest that goes, so that somebody who waits gets its place; nothing: all are safe.
std::optional<std::size_t> who_leaves(std::span<const Guest> guests, Instant now);
// When the next guest is no longer safe; nothing: all are proven.
std::optional<Instant> next_chance(std::span<const Guest> guests);
// Of those that wait, in the order in which they came, and not none.
std::size_t who_enters(std::span<const Origin> waiting, std::span<const Guest> guests);
// Where too many wait: the one who has waited longest, of the address that has most of them. Of
// those who connected and said nothing a newcomer would else wait for each.
std::size_t who_is_sent_away(std::span<const Origin> waiting);

}  // namespace updraft::linux_port
