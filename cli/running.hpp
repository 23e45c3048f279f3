// What a device runs, in words and in events.
#pragma once
#include <optional>
#include <string>

#include <boost/json/object.hpp>

#include "host/push/device_status.hpp"

namespace updraft::cli {

// "demo 1.1.0, 5f82e316d434907d, confirmed"
std::string running_line(const host::DeviceStatus& status);

// What a device tells of its last update, with the numbers of a refusal.
std::string told(const host::DeviceStatus::Last& last);

// The same where a patch is for another image than the one that runs: both are named. `base`: that
// it is for; nullopt: not known.
std::string told(const host::DeviceStatus::Last& last, const std::optional<std::string>& base,
                 const host::DeviceStatus& runs);

// Where its rescue app is older than the app that runs needs: a warning. `before`: what ran before,
// of which that was said already.
void warn_of_rescue(const host::DeviceStatus& status,
                    const std::optional<host::DeviceStatus>& before = std::nullopt);

// What runs, as members of a result.
void add_running(boost::json::object& event, const host::DeviceStatus& status);

}  // namespace updraft::cli
