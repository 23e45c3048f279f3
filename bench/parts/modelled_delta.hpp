// What an update costs a device in time, on the virtual clock: the link gives bytes while the
// device works on its flash, as a TCP window allows; reads of base and target are counted, the
// CPU's own work is not (docs/footprint.md has its instructions).
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"

namespace updraft::bench {

struct ModelledCost {
  bool installed = false;
  double seconds = 0;  // from the first byte to the choice of the slot (w25q32jv)
  double reads = 0;    // of these, reading flash
};

// `payload`: a patch from `running`, or an image. The link has no delay and loses nothing.
ModelledCost model_cost(Bytes running, Bytes payload, double bits_per_second);

}  // namespace updraft::bench
