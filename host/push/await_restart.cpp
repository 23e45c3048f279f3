#include "host/push/await_restart.hpp"

#include <utility>

#include "host/push/through_rescue.hpp"

namespace updraft::host {
namespace {

constexpr Millis kMarginMs{10'000};  // beyond what the device said it would take to confirm

}  // namespace

Awaited await_restart(const StatusAsker& device, const DeviceStatus& before, bool settle,
                      Millis patience) {
  device.watcher.restarting();
  const Instant patient_until = device.now() + patience;
  Instant until = device.now() + kBackMs;
  Awaited awaited;
  bool waiting_told = false;
  while (device.now() < until && !device.stopped()) {
    device.pause(kStatusEvery);
    const Result<DeviceStatus> seen = device.status();
    if (!seen) continue;
    if (seen->boot == before.boot) {
      awaited.stays = device.now() >= patient_until;
      if (awaited.stays) return awaited;
      continue;
    }
    const bool first = !awaited.runs || awaited.runs->boot != seen->boot;
    awaited.runs = *seen;
    if (!settle || !seen->pending || !seen->confirm_in_ms) return awaited;
    if (first) until = device.now() + Millis{*seen->confirm_in_ms} + kMarginMs;
    if (!std::exchange(waiting_told, true)) device.watcher.on_trial(*seen);
  }
  return awaited;
}

void judge_restart(Ended& ended, const DeviceStatus& before, const DeviceStatus& runs,
                   const std::optional<std::string>& digest) {
  ended.judged = handed_over(before, runs);
  if (ended.judged) {
    ended.outcome = fail(Code::not_wanted, Where::device);
    return;
  }
  ended.reached = Reached::restarted;
  ended.runs = runs;
  const bool back = runs.last && runs.last->result == "rolled_back";
  if (back || (digest && runs.digest != *digest)) {
    ended.outcome = fail(Code::rolled_back, Where::boot);
  }
}

}  // namespace updraft::host
