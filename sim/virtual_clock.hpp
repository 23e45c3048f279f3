// Time that passes only when a model says so: a week of updates runs in a moment, and the same run
// always takes the same virtual time.
//
// Everything that takes time (flash, links, waiting) advances the one clock of a simulated device.
#pragma once
#include <chrono>

#include "updraft/time.hpp"

namespace updraft::sim {

using Nanos = std::chrono::nanoseconds;

class VirtualClock {
 public:
  Nanos now() const { return now_; }  // since the clock was made
  void advance(Nanos by) { now_ += by; }
  // The same moment as the library wants it, milliseconds.
  Instant instant() const { return Instant{std::chrono::duration_cast<Millis>(now_)}; }

 private:
  Nanos now_{0};
};

}  // namespace updraft::sim
