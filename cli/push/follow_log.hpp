// `--log`: what a device tells of itself after a push, until Ctrl-C.
#pragma once
#include "cli/words/output.hpp"
#include "host/push/pairings.hpp"
#include "host/push/push_to.hpp"

namespace updraft::cli {

// With --json an event `log` each, the device's own in `told`.
void follow_log(const host::PushTo& to, const host::KnownDevice& device, const Output& out);

}  // namespace updraft::cli
