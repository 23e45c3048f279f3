#include "host/delta/map_estimate.hpp"

#include <algorithm>
#include <unordered_map>

namespace updraft::diff {
namespace {

using delta::Kind;
using delta::MapEntry;

constexpr double kEntryBits = 26;

// One old address, one delta, and how much is saved if the map has it.
struct Claim {
  std::uint32_t old_address, delta;
  double gain;
};

double gain_of(Kind kind) {
  switch (kind) {
    case Kind::literal_load:
      return 6;
    case Kind::low:
    case Kind::global:
      return 10;
    default:
      return 14;
  }
}

std::vector<Claim> claims_of(std::vector<Sighting> sightings, const delta::ChipRanges& chip) {
  const auto key = [](const Sighting& seen) {
    return std::pair(seen.old_address, seen.new_address);
  };
  std::sort(sightings.begin(), sightings.end(), [&](const Sighting& a, const Sighting& b) {
    return std::tuple(key(a), a.kind) < std::tuple(key(b), b.kind);
  });
  std::vector<Claim> claims;
  for (std::size_t i = 0; i < sightings.size();) {
    double gain = 0;
    std::size_t end = i;
    for (; end < sightings.size() && key(sightings[end]) == key(sightings[i]); ++end) {
      gain = std::max(gain, gain_of(sightings[end].kind));
    }
    const auto repeats = static_cast<double>(std::min<std::size_t>(end - i - 1, 10));
    const auto [old_address, new_address, kind] = sightings[i];
    const std::uint32_t moved = new_address - old_address;
    if (!chip.is_rom(old_address) && delta::AddressMap<1>::holds(moved)) {
      claims.push_back({old_address, moved, gain * (1 + 0.15 * repeats)});
    }
    i = end;
  }
  return claims;
}

// Dynamic programming over claims in the order of their addresses; a state is a delta.
std::vector<MapEntry> best_path(const std::vector<Claim>& claims, double entry_bits) {
  struct Step {
    MapEntry entry;
    std::int32_t before;
  };
  struct State {
    double score = 0;
    std::int32_t node = -1;
  };
  std::vector<Step> nodes;
  std::unordered_map<std::uint32_t, State> states;
  State best;  // of all states; at first: no entry at all
  states[0] = best;
  for (std::size_t i = 0; i < claims.size();) {
    const std::uint32_t address = claims[i].old_address;
    const State before = best;
    for (; i < claims.size() && claims[i].old_address == address; ++i) {
      const auto found = states.find(claims[i].delta);
      State state = found != states.end() ? found->second : State{.score = -1e300};
      if (before.score - entry_bits > state.score) {
        nodes.push_back({{address, claims[i].delta}, before.node});
        state = {before.score - entry_bits, static_cast<std::int32_t>(nodes.size() - 1)};
      }
      state.score += claims[i].gain;
      states[claims[i].delta] = state;
      if (state.score > best.score) best = state;
    }
  }
  std::vector<MapEntry> map;
  for (std::int32_t at = best.node; at >= 0; at = nodes[static_cast<std::size_t>(at)].before) {
    map.push_back(nodes[static_cast<std::size_t>(at)].entry);
  }
  std::reverse(map.begin(), map.end());
  return map;
}

}  // namespace

std::vector<MapEntry> estimate_map(const std::vector<Sighting>& sightings,
                                   const delta::ChipRanges& chip) {
  const std::vector<Claim> claims = claims_of(sightings, chip);
  double entry_bits = kEntryBits;
  std::vector<MapEntry> map = best_path(claims, entry_bits);
  while (map.size() > delta::kMaxMapEntries) {
    entry_bits *= 1.05;
    map = best_path(claims, entry_bits);
  }
  return map;
}

}  // namespace updraft::diff
