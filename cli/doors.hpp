// The doors of the commands, one per protocol. The product's list is in doors.cpp; another program
// may add to it.
#pragma once
#include "cli/push/push_door.hpp"
#include "cli/serve/serve_door.hpp"
#include "cli/trial/trial_door.hpp"
#include "virtual_device/door.hpp"

namespace updraft::cli {

struct AllDoors {
  PushDoors push;
  TrialDoors confirm, rollback, restart;
  ServeDoors serve;
  device::Doors device;
};
AllDoors all_doors();

// The program: main() of updraft. Returns its exit status.
int run_program(int argc, char** argv, AllDoors doors);

}  // namespace updraft::cli
