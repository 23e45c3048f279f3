// Where a peer comes from, as far as it matters for fairness: who has one address cannot use up
// what others need.
#pragma once
#include <cstdint>

namespace updraft::link {

// An IPv4 address, or the first 64 bits of an IPv6 address, of which one owner has all the rest.
// The port makes it; kSomewhere: it does not know.
using Origin = std::uint64_t;
inline constexpr Origin kSomewhere = 0;

}  // namespace updraft::link
