// Pushing to a device whose only slot runs: its app hands the update over to the rescue app, the
// device restarts, and the same payload is pushed again (spec/beyond-app.md section 4).
#pragma once
#include <optional>
#include <vector>

#include "host/push/push_method.hpp"

namespace updraft::host {

// Pushes `bytes` by `method`, and again where the device said rescue_first, for at most a minute.
// What a protocol cannot say is not seen: then the first end is the last.
Ended push_through_rescue(PushMethod& method, const PushTo& to,
                          const std::vector<std::byte>& bytes);

// Whether that is what the device meant.
bool wants_rescue(const Ended& ended);

// What a device says of an update that it handed over, by its status before and after; it may have
// restarted meanwhile. nullopt: it has not.
std::optional<DeviceStatus::Last> handed_over(const std::optional<DeviceStatus>& before,
                                              const DeviceStatus& now);

}  // namespace updraft::host
