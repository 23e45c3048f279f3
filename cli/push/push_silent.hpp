// The end of a push by a protocol whose sender is not told how the update went.
#pragma once
#include <string>

#include "cli/push/push_door.hpp"

namespace updraft::cli {

// Prints it, for both kinds of reader, and returns the exit status. `failure`: the sentence for an
// error; `taken`: what is known once all of it was taken.
int conclude_silent(const Output& out, const host::Ended& ended, const std::string& failure,
                    const std::string& taken);

// "64.0 KiB in 2 s"
std::string sent_in(const host::Ended& ended);

}  // namespace updraft::cli
