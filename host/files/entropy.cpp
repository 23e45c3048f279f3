#include "host/files/entropy.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "updraft/flash.hpp"

namespace updraft::files {
namespace {

// Noise has 7.95 bits in 4 KiB and 7.2 in 256 bytes; machine code has 6.
constexpr double kNoiseBits = 7.8;
constexpr std::size_t kLeast = kFlashSector;

double bits_per_byte(Bytes bytes) {
  std::array<std::uint32_t, 256> count{};
  for (const std::byte b : bytes) ++count[std::to_integer<std::size_t>(b)];
  double bits = 0;
  for (const std::uint32_t n : count) {
    if (n == 0) continue;
    const double share = static_cast<double>(n) / static_cast<double>(bytes.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

}  // namespace

bool is_noise(Bytes file) {
  bool any = false;
  for (std::size_t at = 0; at + kLeast <= file.size(); at += kLeast) {
    const Bytes sector = file.subspan(at, kLeast);
    if (is_erased(sector)) continue;
    if (bits_per_byte(sector) < kNoiseBits) return false;
    any = true;
  }
  return any;
}

}  // namespace updraft::files
