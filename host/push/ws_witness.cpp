#include "host/push/ws_witness.hpp"

#include "host/push/through_rescue.hpp"
#include "host/push/ws_follow.hpp"

namespace updraft::host {
namespace {

// A device that took an update and neither restarts nor says a new word about it has refused it for
// the same reason as the one before.
constexpr Millis kSameWordMs{10'000};

bool same_word(const std::optional<DeviceStatus::Last>& a,
               const std::optional<DeviceStatus::Last>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->result == b->result && a->code == b->code && a->message == b->message;
}

}  // namespace

PushTo witness_of(const PushTo& to, const Url& page) {
  PushTo at = to;
  at.url = page;
  return at;
}

Result<> WsWitness::look() {
  const Result<DeviceStatus> status = client_.status();
  if (!status) return std::unexpected(status.error());
  before_ = *status;
  client_.to().watched().found(*status);
  return {};
}

// Why it was not installed; nullopt: it restarts.
std::optional<DeviceStatus::Last> WsWitness::verdict() {
  const Instant until = client_.now() + kSameWordMs;
  while (true) {
    client_.pause(kStatusEvery);
    const Result<DeviceStatus> seen = client_.status(kStatusEvery);
    if (!seen || seen->boot != before_->boot) return std::nullopt;
    const bool went_wrong = seen->last && seen->last->result != "ok";
    if (went_wrong && (!same_word(seen->last, before_->last) || client_.now() > until))
      return seen->last;
    if (client_.now() > until) return std::nullopt;
  }
}

void WsWitness::ask_why(Ended& ended) {
  const Result<DeviceStatus> seen = client_.status();
  if (!seen) return;
  ended.before = before_;
  ended.judged = handed_over(before_, *seen);
  const bool says = seen->last && seen->last->code == name(Code::rescue_first);
  if (says) ended.judged = seen->last;
}

void WsWitness::follow(Ended& ended, const std::optional<std::string>& digest) {
  ended.before = before_;
  ended.judged = verdict();
  if (ended.judged && ended.judged->result == "current") {
    ended.judged.reset();
    ended.reached = Reached::current;
    ended.runs = before_;
    return;
  }
  if (ended.judged) {
    ended.outcome = fail(Code::not_wanted, Where::device);
    return;
  }
  const Followed followed = follow_restart(client_, before_, true);
  if (!followed.status) {
    ended.lost = true;
    ended.outcome = fail(Code::unreachable, Where::link);
    return;
  }
  judge_restart(ended, *before_, *followed.status, digest);  // it had a status before
}

}  // namespace updraft::host
