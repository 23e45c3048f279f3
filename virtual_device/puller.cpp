#include "virtual_device/puller.hpp"

#include <algorithm>

namespace updraft::device {

Puller::Puller(ports::Reactor& reactor, Intake& intake, std::uint32_t slot_bytes,
               const Options& options, Events& events, UpdatePort::Closed closed)
    : reactor_(reactor),
      from_(*options.pull),
      events_(events),
      port_(from_.scheme, reactor, intake, slot_bytes, options,
            [this, closed = std::move(closed)](const Result<>& outcome) {
              closed(outcome);
              ended(outcome);
            }) {}

void Puller::start() {
  events_.on_pulling(from_.url);
  port_.connect(from_.host, from_.port);
}

void Puller::ended(const Result<>& outcome) {
  if (outcome || verdict(outcome.error().code) == Verdict::refused) return;
  if (outcome.error().code != Code::unreachable) ++attempts_;
  if (attempts_ > 0 && attempts_ == from_.scheme->fetch_attempts) {
    return events_.on_pull_given_up(from_.url, attempts_);
  }
  reactor_.after(pause_, [this] { start(); });
  pause_ = std::min(2 * pause_, kLongestPullPause);
}

}  // namespace updraft::device
