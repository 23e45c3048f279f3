#include "cli/interrupt.hpp"

#include <atomic>
#include <csignal>

#include "cli/words/stop.hpp"

namespace updraft::cli {
namespace {
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // what a signal handler may touch
void on_signal(int) { interrupted = true; }
}  // namespace

Interrupt::Interrupt() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}
Interrupt::~Interrupt() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}
bool Interrupt::came() { return interrupted; }

void Interrupt::leave_if_came() {
  if (came()) throw Stop(Error{Code::aborted, Where::link}, "stopped; nothing was sent");
}

void throw_if_stopped(const host::Ended& ended, const std::string& image) {
  if (ended.stopped == host::Stopped::no) return;
  if (ended.reached == host::Reached::sent) {
    throw Stop(ended.outcome.error(), "stopped; the device has selected " +
                                          (image.empty() ? "the new image" : image) +
                                          " and starts it with the restart that it goes through");
  }
  throw Stop(ended.outcome.error(), ended.stopped == host::Stopped::sending
                                        ? kStoppedSending
                                        : "stopped; the device goes on by itself");
}

}  // namespace updraft::cli
