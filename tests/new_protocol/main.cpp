// The program with one protocol more than it has.
#include "cli/doors.hpp"
#include "tests/new_protocol/discard_door.hpp"
#include "tests/new_protocol/discard_push.hpp"

// [lists]
int main(int argc, char** argv) {
  using namespace updraft;
  cli::AllDoors all = cli::all_doors();
  all.push.push_back(std::make_unique<cli::DiscardPushDoor>());
  all.device.push_back(std::make_unique<device::DiscardDoor>());
  return cli::run_program(argc, argv, std::move(all));
}
// [end]
