// The logistic function of the mixer and its inverse, in integers (spec/delta.md section 3.4).
// The inverse is a table of 8 KiB of constants (flash, not RAM).
#pragma once
#include <array>
#include <cstdint>

namespace updraft::delta {

// From a logarithm of odds, in 1/256, to a probability of 12 bits.
constexpr std::int32_t squash(std::int32_t odds) {
  constexpr std::int16_t kTable[33] = {1,    2,    3,    6,    10,   16,   27,   45,   73,
                                       120,  194,  310,  488,  747,  1101, 1546, 2047, 2549,
                                       2994, 3348, 3607, 3785, 3901, 3975, 4022, 4050, 4068,
                                       4079, 4085, 4089, 4092, 4093, 4094};
  if (odds > 2047) return 4095;
  if (odds < -2047) return 0;
  const std::int32_t place = (odds >> 7) + 16, beyond = odds & 127;
  return (kTable[place] * (128 - beyond) + kTable[place + 1] * beyond + 64) >> 7;
}

inline constexpr auto kStretch = [] {
  std::array<std::int16_t, 4096> table{};
  std::int32_t probability = 0;
  for (std::int32_t odds = -2047; odds <= 2047; ++odds) {
    for (const std::int32_t reached = squash(odds); probability <= reached; ++probability) {
      table[static_cast<std::size_t>(probability)] = static_cast<std::int16_t>(odds);
    }
  }
  for (; probability < 4096; ++probability) table[static_cast<std::size_t>(probability)] = 2047;
  return table;
}();

}  // namespace updraft::delta
