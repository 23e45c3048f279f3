// While one of these lives, SIGINT and SIGTERM do not end the program; it asks came() and ends what
// it does in order.
#pragma once

#include "host/push/ended.hpp"

namespace updraft::cli {

// One at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  static bool came();
  static void leave_if_came();  // throws Stop; while a device is still looked for
};

inline constexpr const char* kStoppedSending = "stopped; the device keeps what it runs";
// Throws Stop if that is how it ended. `image`: what was sent, "demo 1.1.0"; empty: not known.
void throw_if_stopped(const host::Ended& ended, const std::string& image = "");

}  // namespace updraft::cli
