// How much a sweep of cuts tries. UPDRAFT_SWEEP in the environment says it:
//
//   sample    every few cuts, beginning where the seed says: the default under sanitizers
//   full      every cut of small images, every second of pairs: the default of the others
//   nightly   every cut, of larger images; all pairs of real firmware
//
// Each run of a sample takes another seed, so that in time every cut is tried. The seed is
// printed; UPDRAFT_SEED=N tries the same ones again.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>

namespace updraft {

enum class Sweep : std::uint8_t { sample, full, nightly };

inline Sweep sweep() {
  const char* word = std::getenv("UPDRAFT_SWEEP");
  if (word == nullptr) return UPDRAFT_SANITIZED ? Sweep::sample : Sweep::full;
  if (std::string_view(word) == "full") return Sweep::full;
  if (std::string_view(word) == "sample") return Sweep::sample;
  if (std::string_view(word) == "nightly") return Sweep::nightly;
  std::fprintf(stderr, "UPDRAFT_SWEEP: want sample, full or nightly\n");
  std::abort();
}

inline std::uint64_t sweep_seed() {
  static const std::uint64_t seed = [] {
    const char* given = std::getenv("UPDRAFT_SEED");
    const std::uint64_t one =
        given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}() % 1'000'000;
    std::printf("sweep of a sample: UPDRAFT_SEED=%llu\n", static_cast<unsigned long long>(one));
    return one;
  }();
  return seed;
}

// Every `sampled`th of a sample, every `full`th of a full sweep, each of a nightly one.
inline std::uint64_t sweep_step(std::uint64_t sampled, std::uint64_t full = 1) {
  if (sweep() == Sweep::nightly) return 1;
  return sweep() == Sweep::sample ? sampled : full;
}
// Where a sweep of that step begins.
inline std::uint64_t sweep_start(std::uint64_t step) { return step == 1 ? 0 : sweep_seed() % step; }

}  // namespace updraft
