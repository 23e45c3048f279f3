// How slow a device may be that takes an update from us, the same for every protocol: each sender
// has a limit for the next answer, and a device that drips keeps to all of them without an end.
//
//   pace.begin(now);               // the first byte may go
//   pace.moved(sent, total, now);  // at each answer, or look
//   ... timeout at pace.deadline()
#pragma once
#include <algorithm>
#include <cstdint>

#include "updraft/time.hpp"

namespace updraft::link {

inline constexpr std::uint64_t kPaceBytes = 4096;  // a sector; the slowest links bring more
inline constexpr Millis kPaceMs{30'000};           // for so many bytes, or the rest
// For all: a serial line of 115200 baud takes 16 MiB, the largest app, in 25 minutes.
inline constexpr Millis kPaceTotalMs{3'600'000};

class Pace {
 public:
  void begin(Instant now) {
    begun_ = since_ = now;
    then_ = 0;
  }
  // `sent`: of `total`, as far as the device has it.
  void moved(std::uint64_t sent, std::uint64_t total, Instant now) {
    const bool rest = sent == total && sent != then_;
    if (!rest && (sent < then_ || sent - then_ < kPaceBytes)) return;
    then_ = sent;
    since_ = now;
  }
  Instant since() const { return since_; }  // when it had last moved enough
  Instant end() const { return begun_ + kPaceTotalMs; }
  Instant deadline() const { return std::min(since_ + kPaceMs, end()); }

 private:
  Instant begun_{}, since_{};
  std::uint64_t then_ = 0;
};

}  // namespace updraft::link
