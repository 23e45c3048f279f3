// What a simulated flash was asked to do, and how long that took on the virtual clock.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/virtual_clock.hpp"

namespace updraft::sim {

// One kind of operation. For `read` a count is a call; for the others a physical operation: a page
// program, a sector erase or a block erase.
struct OperationStats {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  Nanos time{0};
};

struct FlashStats {
  OperationStats read;
  OperationStats program;
  OperationStats erase_sector;      // 4 KiB
  OperationStats erase_half_block;  // 32 KiB
  OperationStats erase_block;       // 64 KiB
  Nanos longest_call{0};            // of one call to Flash: so long the CPU could do nothing else
  Nanos longest_stretch{0};         // of flash work without a Flash::yield() in it
  std::vector<std::uint32_t> erases_per_sector;
  std::vector<std::uint64_t> bytes_read_from_sector;  // by reads that begin in it

  Nanos erase_time() const { return erase_sector.time + erase_half_block.time + erase_block.time; }
  Nanos total_time() const { return read.time + program.time + erase_time(); }
};

}  // namespace updraft::sim
