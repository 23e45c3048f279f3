// Asks whether all bytes are the same; quick over a whole flash, where a matcher would not be.
#pragma once
#include <algorithm>

#include "updraft/bytes.hpp"

namespace updraft::sim {

inline bool all_are(Bytes bytes, std::byte value) {
  return std::ranges::all_of(bytes, [value](std::byte b) { return b == value; });
}

}  // namespace updraft::sim
