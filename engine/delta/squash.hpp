// The logistic function of the mixer and its inverse, in integers (spec/delta.md section 3.4).
// The inverse is a table of 8 KiB of constants (flash, not RAM).
#pragma once
#include <array>
#include <cstdint>

namespace updraft::delta {

constexpr std::int32_t squash(std::int32_t d) {
  constexpr std::int16_t kTable[33] = {1,    2,    3,    6,    10,   16,   27,   45,   73,
                                       120,  194,  310,  488,  747,  1101, 1546, 2047, 2549,
                                       2994, 3348, 3607, 3785, 3901, 3975, 4022, 4050, 4068,
                                       4079, 4085, 4089, 4092, 4093, 4094};
  if (d > 2047) return 4095;
  if (d < -2047) return 0;
  const std::int32_t w = d & 127;
  const std::int32_t j = (d >> 7) + 16;
  return (kTable[j] * (128 - w) + kTable[j + 1] * w + 64) >> 7;
}

inline constexpr auto kStretch = [] {
  std::array<std::int16_t, 4096> table{};
  std::int32_t k = 0;
  for (std::int32_t x = -2047; x <= 2047; ++x) {
    for (const std::int32_t v = squash(x); k <= v; ++k) {
      table[static_cast<std::size_t>(k)] = static_cast<std::int16_t>(x);
    }
  }
  for (; k < 4096; ++k) table[static_cast<std::size_t>(k)] = 2047;
  return table;
}();

}  // namespace updraft::delta
