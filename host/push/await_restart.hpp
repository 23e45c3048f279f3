// Watches by its status what a device does after an update: which image runs then, and whether it
// stays.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "host/push/ended.hpp"
#include "host/push/push_to.hpp"

namespace updraft::host {

// How often a device is asked while somebody waits for it.
inline constexpr Millis kStatusEvery{200};

// How the device is asked. All are there; `stopped` ends the wait.
struct StatusAsker {
  std::function<Result<DeviceStatus>()> status;
  std::function<void(Millis)> pause;
  std::function<Instant()> now;
  std::function<bool()> stopped;
  PushWatcher& watcher;
};

struct Awaited {
  std::optional<DeviceStatus> runs;  // nullopt: it did not come back in time
  bool stays = false;                // it was there all the time, and has not restarted
};

// Waits until a device that showed `before` runs again. With `settle`, also until it has confirmed
// the image or gone back, if it does that by itself. One that has not restarted after `patience`,
// and answers, will not by itself.
Awaited await_restart(const StatusAsker& device, const DeviceStatus& before, bool settle,
                      Millis patience = kBackMs);

// What it came to, where it is back: restarted, or rolled_back: another image runs than the one of
// `digest` (nullopt: not known); not_wanted: only its rescue app takes it, which runs now.
void judge_restart(Ended& ended, const DeviceStatus& before, const DeviceStatus& runs,
                   const std::optional<std::string>& digest);

}  // namespace updraft::host
