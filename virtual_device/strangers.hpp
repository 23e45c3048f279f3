// Connections that were no updates: port scans, slow drips, noise. They are counted, and one line a
// minute tells how many there were; so nobody fills the console, or hides what matters there.
#pragma once
#include <cstdint>

#include "ports/linux/reactor.hpp"
#include "virtual_device/events.hpp"

namespace updraft::device {

inline constexpr Millis kStrangersMs{60'000};   // from one line to the next
inline constexpr unsigned kRefusalsShown = 60;  // in that time; more than a person makes

class Strangers {
 public:
  // Both outlive it.
  Strangers(linux_port::Reactor& reactor, Events& events) : reactor_(reactor), events_(events) {}

  void count();
  // A session ended before anything was written. True: it is told of; false: it was counted.
  bool shows_refusal();

 private:
  void begin_minute();
  void tell();

  linux_port::Reactor& reactor_;
  Events& events_;
  bool in_minute_ = false;
  std::uint64_t counted_ = 0;  // and not told yet
  unsigned shown_ = 0;         // refusals in this minute
};

}  // namespace updraft::device
