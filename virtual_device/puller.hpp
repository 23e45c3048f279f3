// Fetches updates from a host that serves. Trouble on the way is tried again, more and more slowly;
// a refusal stands until the next power-on.
//
// If the protocol's row has a limit (fetch_attempts), the puller gives up after so many
// connections that brought nothing and says so. A host that cannot be reached is not harmed by
// another try, so those do not count.
#pragma once
#include "virtual_device/door.hpp"

namespace updraft::device {

inline constexpr Millis kFirstPullPause{1'000};  // doubles from try to try, up to
inline constexpr Millis kLongestPullPause{30'000};

class Puller final : public Pulling {
 public:
  // From options.pull, which is there and of the door's protocol. All outlive the puller, which
  // outlives its connections.
  Puller(const DoorContext& context, Door& door) : context_(context), door_(door) {}
  Puller(const Puller&) = delete;
  Puller& operator=(const Puller&) = delete;

  void start() override;

 private:
  class Attempt;
  const PullFrom& from() const { return *context_.options.pull; }
  void ended(const Result<>& outcome);

  const DoorContext& context_;
  Door& door_;
  unsigned attempts_ = 0;  // that reached the host
  Millis pause_ = kFirstPullPause;
};

}  // namespace updraft::device
