// The loop that a push runs in: connections and timers, and every 50 ms a look at the progress and
// at PushTo::stopped.
#pragma once
#include <cstdint>
#include <functional>

#include "updraft/link.hpp"

#include "host/push/ended.hpp"
#include "host/push/push_to.hpp"
#include "ports/linux/reactor.hpp"

namespace updraft::host {

struct Progress {
  std::uint64_t sent, total;  // total 0: not known
};

class PushLoop {
 public:
  // `to` must outlive it.
  explicit PushLoop(const PushTo& to) : to_(to) {}

  // Connects, tries for `retry_for` while nobody answers, and runs the link to its end. Ends early,
  // with aborted, when it is stopped.
  Result<> talk(link::Link& link, Millis retry_for, std::function<Progress()> progress = nullptr);
  void pause(Millis time);  // less when it is stopped
  bool stopped() const { return stopped_; }
  Instant now() const { return reactor_.now(); }

 private:
  void run();
  void look();
  void show();

  const PushTo& to_;
  std::function<Progress()> progress_;
  bool stopped_ = false;
  bool looking_ = false;
  linux_port::Reactor reactor_;
};

// A whole push: one machine on one TCP connection.
Ended push_by(link::Link& machine, const PushTo& to, std::function<Progress()> progress);

}  // namespace updraft::host
