// A whole update on the virtual clock: exact, the same everywhere.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace updraft::bench {

struct ModelledUpdate {
  std::string profile;  // sim/flash_timing.hpp
  std::uint64_t image_bytes = 0;
  double erase = 0, program = 0, read = 0;  // seconds, as charged
  double bound = 0;         // seconds: the fewest 64 KiB erases and page programs for these bytes
  double longest_call = 0;  // seconds: the longest time in which the CPU could do nothing else
  double seconds() const { return erase + program + read; }
};

// One per flash profile that takes time.
std::vector<ModelledUpdate> model_updates();

}  // namespace updraft::bench
