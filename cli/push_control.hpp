// `updraft push FILE control:/dev/esps0`: to a co-processor beside this host.
#pragma once
#include "cli/push_payload.hpp"
#include "cli/words/url.hpp"

namespace updraft::cli {

struct ControlPush {
  PushFile file;
  Url target;
  unsigned wait_seconds = 10;  // for the device to be there
  bool older_form = false;
  bool json = false;
};

// Returns the exit status; throws Stop.
int push_control(const ControlPush& options);

}  // namespace updraft::cli
