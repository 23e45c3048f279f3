// Fetches updates from a host that serves. Trouble on the way is tried again, more and more slowly;
// a refusal stands until the next power-on.
//
// Where the protocol's row has a limit (fetch_attempts), the puller gives up after so many
// connections that brought nothing and says so. A host that cannot be reached is not harmed by
// another try, so those do not count.
#pragma once
#include "virtual_device/events.hpp"
#include "virtual_device/update_port.hpp"

namespace updraft::device {

inline constexpr Millis kFirstPullPause{1'000};  // doubles from try to try, up to
inline constexpr Millis kLongestPullPause{30'000};

class Puller {
 public:
  // From options.pull, which is there. `closed` hears of every connection before it is tried again.
  Puller(ports::Reactor& reactor, Intake& intake, std::uint32_t slot_bytes, const Options& options,
         Events& events, UpdatePort::Closed closed);
  Puller(const Puller&) = delete;
  Puller& operator=(const Puller&) = delete;

  void start();

 private:
  void ended(const Result<>& outcome);

  ports::Reactor& reactor_;
  const PullFrom& from_;
  Events& events_;
  UpdatePort port_;
  unsigned attempts_ = 0;  // that reached the host
  Millis pause_ = kFirstPullPause;
};

}  // namespace updraft::device
