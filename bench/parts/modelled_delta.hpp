// What an update costs a device: flash on the virtual clock, reads of base and target included, and
// the link at a given rate. Link and flash are counted one after the other.
#pragma once
#include <cstdint>

#include "updraft/core/bytes.hpp"

namespace updraft::bench {

struct ModelledCost {
  bool installed = false;
  double flash = 0;  // seconds of erasing, programming, reading (w25q32jv)
  double reads = 0;  // of these, reading
  std::uint64_t payload = 0;
  double at(double bits_per_second) const {
    return flash + 8 * static_cast<double>(payload) / bits_per_second;
  }
};

// `payload`: a patch from `running`, or an image.
ModelledCost model_cost(Bytes running, Bytes payload);

}  // namespace updraft::bench
