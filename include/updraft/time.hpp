// Time as the library sees it: milliseconds since boot, handed in by whoever drives it.
// The library never asks a clock, so a test can let years pass in an instant.
#pragma once
#include <chrono>
#include <cstdint>

namespace updraft {

struct BootClock {  // only names the clock that Instant belongs to; it has no now()
  using rep = std::int64_t;
  using period = std::milli;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};

using Millis = BootClock::duration;
using Instant = BootClock::time_point;

}  // namespace updraft
