// One run of the codec over a plan: the chunks of a patch, and what the run learned about
// addresses.
#pragma once
#include <vector>

#include "engine/delta/header.hpp"
#include "engine/delta/unit.hpp"
#include "host/delta/plan.hpp"

namespace updraft::diff {

// Patches ask for no more than every decoder has.
using EncoderLimits = delta::DefaultLimits;

// An old address and what it has become, as one unit showed it.
struct Sighting {
  std::uint32_t old_address, new_address;
  delta::Kind kind;
};

// Where the bytes of a patch go.
struct Shares {
  double head = 0, operations = 0, literals = 0, units = 0;
};

struct RunResult {
  std::vector<std::byte> chunks;  // each with its length before it
  std::vector<Sighting> sightings;
  Shares shares;  // in bytes
};

// `old_image` and `new_image` fit the header. Throws std::logic_error if the plan does not.
RunResult run_encoder(const delta::Header& header, const Plan& plan, Bytes old_image,
                      Bytes new_image);

}  // namespace updraft::diff
