// The address map that explains most of what moved (formats/delta.md section 15.3).
#pragma once
#include <vector>

#include "updraft/delta/address_map.hpp"

#include "diff/encoder_run.hpp"

namespace updraft::diff {

// Of all sightings of a run; those of ROM addresses do not count.
std::vector<delta::MapEntry> estimate_map(const std::vector<Sighting>& sightings,
                                          const delta::ChipRanges& chip);

}  // namespace updraft::diff
