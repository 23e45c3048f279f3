#include "virtual_device/puller.hpp"

#include <algorithm>

namespace updraft::device {

// The door's connection, whose end the puller hears of as well.
class Puller::Attempt final : public linux_port::Connection {
 public:
  Attempt(Puller& puller, std::unique_ptr<linux_port::Connection> connection)
      : puller_(puller), connection_(std::move(connection)) {
    connection_->on_wake = [this] { wake(); };
  }
  link::Link& link() override { return connection_->link(); }
  void connected(const std::string& peer) override { connection_->connected(peer); }
  void closed(const Result<>& outcome) override {
    connection_->closed(outcome);
    puller_.ended(outcome);
  }

 private:
  Puller& puller_;
  std::unique_ptr<linux_port::Connection> connection_;
};

void Puller::start() {
  context_.events.on_pulling(from().url);
  context_.reactor.connect(from().host, from().port,
                           std::make_unique<Attempt>(*this, door_.fetch(context_)));
}

void Puller::ended(const Result<>& outcome) {
  if (outcome || verdict(outcome.error().code) == Verdict::refused) return;
  if (outcome.error().code != Code::unreachable) ++attempts_;
  if (attempts_ > 0 && attempts_ == from().scheme->fetch_attempts) {
    return context_.events.on_pull_given_up(from().url, attempts_);
  }
  context_.reactor.after(pause_, [this] { start(); });
  pause_ = std::min(2 * pause_, kLongestPullPause);
}

}  // namespace updraft::device
