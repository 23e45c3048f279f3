#include "host/push/push_loop.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace updraft::host {
namespace {

constexpr Millis kLookEvery{50};
constexpr Millis kSentAwayPause{200};

// A connection for a link that its owner keeps.
class Borrowed final : public linux_port::Connection {
 public:
  Borrowed(link::Link& link, std::function<void()> on_connected,
           std::function<void(const Result<>&)> on_closed)
      : link_(link), on_connected_(std::move(on_connected)), on_closed_(std::move(on_closed)) {}
  link::Link& link() override { return link_; }
  void connected(const std::string&) override { on_connected_(); }
  void closed(const Result<>& outcome) override { on_closed_(outcome); }

 private:
  link::Link& link_;
  std::function<void()> on_connected_;
  std::function<void(const Result<>&)> on_closed_;
};

// For who is not the device that was invited.
class SentAway final : public link::Link {
 public:
  void on_bytes(Bytes, Instant) override {}
  void on_lost(Instant) override {}
  void on_deadline(Instant) override {}
  std::optional<Instant> deadline() const override { return std::nullopt; }
  link::Phase phase() const override { return link::Phase::closed; }
  Result<> outcome() const override { return fail(Code::not_wanted, Where::link); }
};

// A connection from outside: that of the device, or another one.
class Called final : public linux_port::Connection {
 public:
  // Whether the link shall run on it.
  using Taken = std::function<bool(Called& connection)>;
  Called(link::Link& link, Taken taken, std::function<void(const Result<>&)> over)
      : link_(link), taken_(std::move(taken)), over_(std::move(over)) {}
  link::Link& link() override { return is_taken_ ? link_ : away_; }
  void connected(const std::string&) override { is_taken_ = taken_(*this); }
  void closed(const Result<>& outcome) override {
    if (is_taken_) over_(outcome);
  }

 private:
  link::Link& link_;
  SentAway away_;
  Taken taken_;
  std::function<void(const Result<>&)> over_;
  bool is_taken_ = false;
};

}  // namespace

bool is_unknown_name(const Error& error) {
  return error.code == Code::unreachable && error.found == linux_port::kUnknownName;
}

Result<> PushLoop::talk(link::Link& link, Millis retry_for, std::function<Progress()> progress) {
  Result<> outcome = fail(Code::aborted, Where::link);
  progress_ = std::move(progress);
  const auto heard = [this] {
    if (std::exchange(trying_since_, std::nullopt)) to_.watched().tried();
  };
  auto connection = std::make_unique<Borrowed>(link, heard, [&](const Result<>& how) {
    heard();
    outcome = how;
    line_ = nullptr;
    if (how) unacknowledged_ = 0;
    reactor_.stop();
  });
  line_ = connection.get();
  unacknowledged_ = 0;
  trying_since_ = now();
  reactor_.connect(to_.url.host, to_.url.port, std::move(connection), {.retry_for = retry_for});
  run();
  heard();
  show();
  if (std::exchange(progress_, nullptr)) to_.watched().transfer_over();
  return outcome;
}

Result<> PushLoop::be_called(const Calling& calling) {
  Result<> outcome = fail(Code::unreachable, Where::link);
  const auto heard = [this] {
    if (std::exchange(trying_since_, std::nullopt)) to_.watched().tried();
  };
  bool has_called = false;
  const auto take = [&](Called& connection) {
    if (has_called || connection.origin != calling.device) return false;
    has_called = true;
    line_ = &connection;
    heard();
    calling.called();
    return true;
  };
  const auto over = [&](const Result<>& how) {
    outcome = how;
    line_ = nullptr;
    if (how) unacknowledged_ = 0;
    reactor_.stop();
  };
  const Result<std::uint16_t> port = reactor_.listen(calling.listen_on, calling.port, [&] {
    return std::make_unique<Called>(calling.link, take, over);
  });
  if (!port) return port.error();
  calling.listening(*port);
  const Result<std::uint16_t> opened = reactor_.datagrams(calling.listen_on, 0, calling.inviter);
  if (!opened) return opened.error();
  progress_ = calling.progress;
  given_up_ = calling.given_up;
  trying_since_ = now();
  run();
  heard();
  show();
  if (std::exchange(progress_, nullptr)) to_.watched().transfer_over();
  if (stopped_) outcome = fail(Code::aborted, Where::link);
  return outcome;
}

Result<> PushLoop::until_heard(Millis retry_for, const std::function<Try(Millis)>& attempt) {
  const Instant give_up = now() + retry_for;
  while (true) {
    const Try tried = attempt(std::max(give_up - now(), Millis{0}));
    const bool sent_away =
        !tried.outcome && tried.outcome.error().code == Code::aborted && !tried.heard;
    if (!sent_away || stopped_ || now() + kSentAwayPause > give_up) return tried.outcome;
    pause(kSentAwayPause);
  }
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
  if (given_up_ && line_ == nullptr && given_up_()) return reactor_.stop();
  if (trying_since_) to_.watched().trying(now() - *trying_since_);
  show();
  reactor_.after(kLookEvery, [this] { look(); });
}

// Progress is what the other side has, not what this system has taken from us.
void PushLoop::show() {
  if (line_ != nullptr) unacknowledged_ = line_->unacknowledged();
  if (!progress_) return;
  const Progress now = progress_();
  to_.watched().progress(taken(now.sent), now.total);
}

namespace {

Ended push(const PushTo& to, bool may_try_again, const std::function<Sending()>& fresh) {
  PushLoop loop(to);
  Ended ended;
  ended.outcome = loop.until_heard(to.wait, [&](Millis left) {
    const Sending sending = fresh();
    const Result<> outcome = loop.talk(sending.machine, left, sending.progress);
    ended.sent = loop.taken(sending.progress().sent);
    return PushLoop::Try{outcome, ended.sent > 0 || !may_try_again};
  });
  ended.time = loop.now().time_since_epoch();
  if (ended.outcome) ended.reached = Reached::sent;
  if (loop.stopped()) ended.stopped = Stopped::sending;
  return ended;
}

}  // namespace

Ended push_by(link::Link& machine, const PushTo& to, std::function<Progress()> progress) {
  return push(to, false, [&] { return Sending{machine, progress}; });
}

Ended push_by(const std::function<Sending()>& fresh, const PushTo& to) {
  return push(to, true, fresh);
}

}  // namespace updraft::host
