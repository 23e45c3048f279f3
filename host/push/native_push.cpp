#include "host/push/native_push.hpp"

#include <algorithm>
#include <optional>

#include "updraft/policy.hpp"

#include "host/desk/printable.hpp"
#include "host/push/native_client.hpp"
#include "host/push/ws_client.hpp"

namespace updraft::host {
namespace {

using link::NativeAnswer;

constexpr Millis kPauses[] = {Millis{0}, Millis{1'000}, Millis{2'000}, Millis{4'000},
                              Millis{8'000}};
constexpr Millis kLookMs{300};

DeviceStatus status_of(const NativeAnswer& told) {
  DeviceStatus status;
  status.project = printable(told.project.view());
  status.version = printable(told.version.view());
  status.digest = printable(told.digest.view());
  status.state = printable(told.state.view());
  status.slot = printable(told.slot.view());
  status.pending = told.state.view() == "pending_verify" || told.data_on_trial;
  status.takes_delta = told.takes_delta;
  return status;
}

class NativeRun {
 public:
  NativeRun(NativePush& asked, const PushTo& to, Bytes payload)
      : asked_(asked), payload_(payload), to_(to), client_(to, asked.pairing) {}

  Ended run() {
    ended_.outcome = work();
    ended_.time = loop_.now().time_since_epoch();
    return ended_;
  }

 private:
  Result<> work() {
    UPDRAFT_TRY(look());
    if (classify(at_most(payload_, kClassifyBytes)) == PayloadClass::key_set) return give_key_set();
    const NativePush::Parts parts = asked_.parts(payload_, *ended_.before, before_.class_id.view());
    push_.emplace(parts, asked_.restart);
    asked_.total_bytes = push_->total();
    const Result<> sent = send();
    ended_.sent = push_->received();
    asked_.data_bytes = push_->data_bytes();
    if (!sent) return sent;
    if (push_->is_current()) {
      ended_.reached = Reached::current;
      ended_.runs = status_of(before_);
      return {};
    }
    ended_.reached = Reached::sent;
    return asked_.restart && asked_.wait ? follow() : Result<>{};
  }

  // One connection.
  Result<> talk(link::NativeTask& task, Millis retry_for, bool sends = false) {
    ++asked_.connections;
    const auto progress = [this](std::uint64_t body_sent) {
      const std::uint64_t sending = push_->is_sending() ? push_->from() + body_sent : 0;
      return Progress{std::max(push_->received(), sending), push_->total()};
    };
    Result<> outcome =
        client_.talk(task, retry_for, sends ? NativeClient::HowFar(progress) : nullptr);
    stop_if_asked(Stopped::sending);
    return outcome;
  }

  // As often as it takes, as long as it gets on. `got`: what has been reached by now.
  Result<> persist(link::NativeTask& task, const std::function<std::uint64_t()>& got,
                   bool sends = false) {
    std::size_t failures = 0;
    while (true) {
      const std::uint64_t before = got();
      const Result<> outcome = talk(task, to_.wait, sends);
      if (!is_trouble(outcome)) return outcome;
      if (got() != before) failures = 0;
      if (outcome.error().code == Code::unreachable || failures == std::size(kPauses)) {
        return outcome;
      }
      pause(kPauses[failures++]);
    }
  }

  Result<> look() {
    link::NativeAsk ask("GET", "/device");
    UPDRAFT_TRY(persist(ask, [] { return std::uint64_t{0}; }));
    before_ = ask.answer();
    ended_.before = status_of(before_);
    to_.watched().found(*ended_.before);
    return {};
  }

  // At once: nothing of it is written before all of it is there, so nothing is gone on from.
  Result<> give_key_set() {
    asked_.total_bytes = asked_.data_bytes = payload_.size();
    link::NativeAsk give("PUT", "/keyset", payload_);
    UPDRAFT_TRY(persist(give, [] { return std::uint64_t{0}; }));
    ended_.sent = payload_.size();
    ended_.reached = Reached::sent;
    asked_.key_set = give.answer().key_set;
    return {};
  }

  Result<> send() {
    return persist(*push_, [this] { return push_->furthest(); }, true);
  }

  // Until the image that was sent runs and is confirmed.
  Result<> follow() {
    to_.watched().restarting();
    const Instant until = loop_.now() + kBackMs;
    bool told = false, asked_to_confirm = false;
    while (loop_.now() < until) {
      pause(kLookMs);
      link::NativeAsk ask("GET", "/device");
      if (!talk(ask, kLookMs)) continue;
      const NativeAnswer& now = ask.answer();
      const bool ours = now.digest == push_->installed().digest;
      if (now.boot == before_.boot) continue;  // it has not restarted yet
      ended_.runs = status_of(now);
      // Data that is on trial until a restart takes it back was not confirmed.
      const bool data_went = on_trial_in_ && *on_trial_in_ != now.boot && !now.data_on_trial;
      if (!ours || data_went) return fail(Code::rolled_back, Where::boot);
      if (now.data_on_trial) on_trial_in_ = now.boot;
      ended_.reached = Reached::restarted;
      if (now.state.view() == "valid" && !now.data_on_trial) {
        ended_.trial = Trial::kept;
        return {};
      }
      ended_.trial = Trial::open;
      if (asked_.confirm && !asked_to_confirm) {
        link::NativeAsk confirm("POST", "/confirm");
        asked_to_confirm = talk(confirm, kLookMs).has_value();
      }
      if (!told) to_.watched().on_trial(*ended_.runs);
      told = true;
    }
    ended_.lost = !told;
    return fail(Code::timeout, Where::boot);
  }

  void pause(Millis time) {
    loop_.pause(time);
    stop_if_asked(ended_.reached == Reached::nothing ? Stopped::sending : Stopped::waiting);
  }
  void stop_if_asked(Stopped how) const {
    if (loop_.stopped()) throw StoppedHere{how};
  }

  NativePush& asked_;
  Bytes payload_;
  const PushTo& to_;
  NativeClient client_;
  PushLoop& loop_ = client_.loop();
  NativeAnswer before_;
  std::optional<link::NativePush> push_;
  std::optional<std::uint64_t> on_trial_in_;  // the last start that had data on trial
  Ended ended_;
};

}  // namespace

Ended NativePush::push(const PushTo& to, Payload& payload) {
  const std::vector<std::byte> whole = read_all(payload);
  if (const auto why = payload.failure()) return unreadable(*why);
  return until_stopped([&] { return NativeRun(*this, to, whole).run(); });
}

}  // namespace updraft::host
