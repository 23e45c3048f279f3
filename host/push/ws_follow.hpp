// Watches from outside what a device does after the request to restart: which image runs then, and
// whether it stays.
#pragma once
#include <optional>

#include "host/push/ws_client.hpp"

namespace updraft::host {

// How it ended.
struct Followed {
  std::optional<DeviceStatus> status;  // nullopt: it is back, but does not say what it runs
  bool back = false;                   // false: it did not come back in time
  bool asked = false;  // one without a status: it asks what shall become of the image on trial
};

// Whether a device asks what shall become of an image on trial, when it is greeted. Errors: those
// of the connection.
Result<bool> asks_about_trial(WsClient& client, Millis retry_for);

// Waits until a device that showed `before` (nullopt: it has no status document) runs again. With
// `settle`, also until it has confirmed the image or gone back, if it does that by itself.
Followed follow_restart(WsClient& client, const std::optional<DeviceStatus>& before, bool settle);

}  // namespace updraft::host
