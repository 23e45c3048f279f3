// The address map that explains most of what moved (spec/delta.md section 15.3).
#pragma once
#include <vector>

#include "engine/delta/address_map.hpp"
#include "host/delta/encoder_run.hpp"

namespace updraft::diff {

// The map for all sightings of a run; those of ROM addresses do not count.
std::vector<delta::MapEntry> estimate_map(const std::vector<Sighting>& sightings,
                                          const delta::ChipRanges& chip);

}  // namespace updraft::diff
