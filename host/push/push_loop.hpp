// The loop that a push runs in: connections and timers, and every 50 ms a look at the progress and
// at PushTo::stopped.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "updraft/link.hpp"

#include "host/push/ended.hpp"
#include "host/push/push_to.hpp"
#include "ports/linux/reactor.hpp"
#include "protocols/link/datagram_link.hpp"

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
  // The other way round, for a protocol whose device calls: opens `inviter` on UDP and runs `link`
  // on the first connection from that device. Others are sent away. Ends, with unreachable, when
  // the inviter has given up.
  struct Calling {
    link::DatagramLink& inviter;  // outlives the loop, as `link` does
    link::Link& link;
    link::Origin device;
    std::string listen_on;                              // address and
    std::uint16_t port = 0;                             // port for the connection; 0: any free one
    std::function<void(std::uint16_t port)> listening;  // before the inviter is asked
    std::function<void()> called;
    std::function<bool()> given_up;
    std::function<Progress()> progress;
  };
  Result<> be_called(const Calling& calling);
  // One try of something, that talks and may be tried again: a link for one connection is made for
  // each. `left`: of the time to try in.
  struct Try {
    Result<> outcome;
    bool heard = false;  // the device has answered something
  };
  // Again while the device closes the connection before it has answered anything, as a crowded one
  // does; for `retry_for`.
  Result<> until_heard(Millis retry_for, const std::function<Try(Millis left)>& attempt);
  void pause(Millis time);  // less when it is stopped
  bool stopped() const { return stopped_; }
  Instant now() const { return reactor_.now(); }
  // Of what the last link gave, as far as the peer has it; `given` by the link.
  std::uint64_t taken(std::uint64_t given) const {
    return given - std::min(given, unacknowledged_);
  }

 private:
  void run();
  void look();
  void show();

  const PushTo& to_;
  std::function<Progress()> progress_;
  std::function<bool()> given_up_;
  bool stopped_ = false;
  bool looking_ = false;
  std::optional<Instant> trying_since_;     // nobody has answered yet
  linux_port::Connection* line_ = nullptr;  // while it is there
  std::uint64_t unacknowledged_ = 0;        // when last looked; 0 once all went well
  linux_port::Reactor reactor_;
};

// A whole push: one machine on one TCP connection.
Ended push_by(link::Link& machine, const PushTo& to, std::function<Progress()> progress);

// What push_by() is given for each connection.
struct Sending {
  link::Link& machine;
  std::function<Progress()> progress;
};
// The same, with a machine for each connection: as long as nothing was sent, it tries again where
// the device closes. `fresh` makes the next one, which takes the place of the one before.
Ended push_by(const std::function<Sending()>& fresh, const PushTo& to);

}  // namespace updraft::host
