#include "host/push/through_rescue.hpp"

#include <chrono>
#include <thread>

#include "engine/rescue/rescue_boot.hpp"

namespace updraft::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Millis kPauseMs{1'500};  // its ports stay open for a moment
constexpr Millis kLookForStopMs{50};

// False: it was stopped.
bool pause(const PushTo& to) {
  const auto until = Clock::now() + kPauseMs;
  while (Clock::now() < until) {
    if (to.is_stopped()) return false;
    std::this_thread::sleep_for(kLookForStopMs);
  }
  return true;
}

// What a device may say while it restarts.
bool restarts_still(const Ended& ended) {
  if (ended.outcome) return false;
  const Code code = ended.outcome.error().code;
  const bool away = code == Code::busy || code == Code::unreachable || code == Code::starting ||
                    (code == Code::aborted && ended.stopped == Stopped::no);
  return away || wants_rescue(ended);
}

}  // namespace

bool wants_rescue(const Ended& ended) {
  if (ended.outcome) return false;
  const std::string_view word = name(Code::rescue_first);
  return ended.outcome.error().code == Code::rescue_first ||
         (ended.judged && ended.judged->code == word) ||
         ended.refusal.find(sentence(Code::rescue_first)) != std::string::npos;
}

std::optional<DeviceStatus::Last> handed_over(const std::optional<DeviceStatus>& before,
                                              const DeviceStatus& now) {
  const bool there = before && now.boot != before->boot && now.slot == kRescueLabel &&
                     before->slot != kRescueLabel;
  if (!there) return std::nullopt;
  const Error why{Code::rescue_first, Where::device};
  return DeviceStatus::Last{"failed", std::string(name(why.code)), std::string(sentence(why)), why};
}

Ended push_through_rescue(PushMethod& method, const PushTo& to,
                          const std::vector<std::byte>& bytes) {
  const auto once = [&](const PushTo& at) {
    Payload payload(bytes);
    return method.push(at, payload);
  };
  Ended ended = once(to);
  if (!wants_rescue(ended)) return ended;
  to.watched().into_rescue();
  PushTo again = to;
  again.wait = std::max(to.wait, kBackMs);
  const auto until = Clock::now() + kBackMs;
  while (Clock::now() < until && restarts_still(ended)) {
    if (!pause(to)) {
      ended.outcome = fail(Code::aborted, Where::link);
      ended.stopped = Stopped::waiting;
      return ended;
    }
    ended = once(again);
  }
  return ended;
}

}  // namespace updraft::host
