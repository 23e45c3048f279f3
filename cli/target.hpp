// TARGET of the commands that talk to a device: a URL, or the name, id or address of a device that
// announces itself on the local network; empty: the only one that does.
#pragma once
#include <functional>
#include <string>

#include "cli/words/output.hpp"
#include "host/desk/url.hpp"

namespace updraft::cli {

inline constexpr const char* kTargetNames = "or a name that updraft find lists";

// `speaks`: the command can talk by it. Says on `out` which URL a name stands for. Throws
// Stop(kUsage) and host::Trouble if it is no URL and nobody of that name is there, or if the device
// listens for nothing that the command speaks.
host::Url target_of(const std::string& text, host::Protocols among,
                    const std::function<bool(Scheme)>& speaks, const Output& out);

}  // namespace updraft::cli
