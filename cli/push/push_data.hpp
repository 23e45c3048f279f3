// What is said, and asked, where the content of a data partition is replaced.
#pragma once
#include <string>

#include "cli/push/push_door.hpp"
#include "host/push/ended.hpp"

namespace updraft::cli {

// Somebody is there to ask, and says yes.
bool asked(const std::string& question);

// What holds of all data; asks where --one-way may cost the way back. Throws Stop: no, or nobody is
// there to ask and --yes is not given.
void ask_about_data(const PushJob& job);
// What the device says of the target: asks where it would be received in place, and says where the
// older app is given up for it. nullptr: it says nothing of itself. Throws Stop, as above; with
// --keep-fallback where the older app would be given up, or might be.
void ask_about_target(const PushJob& job, const host::DeviceStatus* device);
// That it is there; `then`: what becomes of it, where it was not received in place.
std::string data_line(const PushJob& job, const host::Ended& ended, std::uint64_t bytes,
                      std::string_view then);

}  // namespace updraft::cli
