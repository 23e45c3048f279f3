// Watches from outside what a device does after the request to restart: which image runs then, and
// whether it stays.
#pragma once
#include <optional>
#include <string>

#include "cli/words/output.hpp"
#include "cli/ws_client.hpp"

namespace updraft::cli {

// How it ended.
struct Followed {
  std::optional<DeviceStatus> status;  // nullopt: it is back, but does not say what it runs
  bool back = false;                   // false: it did not come back in time
};

// Waits until a device that showed `before` (nullopt: it has no status document) runs again. With
// `settle`, also until it has confirmed the image or gone back, where it does that by itself.
Followed follow_restart(WsClient& client, const Output& out,
                        const std::optional<DeviceStatus>& before, bool settle);

// What runs, as members of a result.
void add_running(boost::json::object& event, const DeviceStatus& status);

// "demo 1.1.0, 5f82e316d434907d, confirmed"
std::string running_line(const DeviceStatus& status);

}  // namespace updraft::cli
