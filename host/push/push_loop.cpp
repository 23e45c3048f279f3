#include "host/push/push_loop.hpp"

#include <memory>
#include <utility>

namespace updraft::host {
namespace {

constexpr Millis kLookEvery{50};

// A connection for a link that its owner keeps.
class Borrowed final : public linux_port::Connection {
 public:
  Borrowed(link::Link& link, std::function<void(const Result<>&)> on_closed)
      : link_(link), on_closed_(std::move(on_closed)) {}
  link::Link& link() override { return link_; }
  void closed(const Result<>& outcome) override { on_closed_(outcome); }

 private:
  link::Link& link_;
  std::function<void(const Result<>&)> on_closed_;
};

}  // namespace

Result<> PushLoop::talk(link::Link& link, Millis retry_for, std::function<Progress()> progress) {
  Result<> outcome = fail(Code::aborted, Where::link);
  progress_ = std::move(progress);
  auto connection = std::make_unique<Borrowed>(link, [&](const Result<>& how) {
    outcome = how;
    reactor_.stop();
  });
  reactor_.connect(to_.url.host, to_.url.port, std::move(connection), {.retry_for = retry_for});
  run();
  show();
  if (std::exchange(progress_, nullptr)) to_.watched().transfer_over();
  return outcome;
}

void PushLoop::pause(Millis time) {
  reactor_.after(time, [this] { reactor_.stop(); });
  run();
}

void PushLoop::run() {
  if (!std::exchange(looking_, true)) look();
  if (!stopped_) reactor_.run();
}

void PushLoop::look() {
  if (to_.is_stopped()) {
    stopped_ = true;
    return reactor_.stop();
  }
  show();
  reactor_.after(kLookEvery, [this] { look(); });
}

void PushLoop::show() {
  if (!progress_) return;
  const Progress now = progress_();
  to_.watched().progress(now.sent, now.total);
}

Ended push_by(link::Link& machine, const PushTo& to, std::function<Progress()> progress) {
  PushLoop loop(to);
  Ended ended;
  ended.outcome = loop.talk(machine, to.wait, progress);
  ended.time = loop.now().time_since_epoch();
  ended.sent = progress().sent;
  if (ended.outcome) ended.reached = Reached::sent;
  if (loop.stopped()) ended.stopped = Stopped::sending;
  return ended;
}

}  // namespace updraft::host
