// Numbers (spec/delta.md section 3.3): their length in bits by a tree, the bit below the leading
// one by a model of its length, the rest as it is.
#pragma once
#include <bit>

#include "engine/delta/adaptive_bit.hpp"

namespace updraft::delta {

inline constexpr unsigned kMaxNumberBits = 32;

struct NumberClass {  // 194 bytes
  std::array<SmallModel, 64> length;
  std::array<SmallModel, kMaxNumberBits + 1> second;
};

// A length above 32 is damage: coder.damage() is called, and the number is 0.
template <BitCoder Coder>
std::uint32_t code_unsigned(Coder& coder, NumberClass& models, std::uint32_t value) {
  const std::uint32_t length =
      code_tree(coder, models.length, 6, static_cast<std::uint32_t>(std::bit_width(value)));
  if (length > kMaxNumberBits) {
    coder.damage();
    return 0;
  }
  if (length < 2) return length;
  std::uint32_t made = 1;
  for (unsigned i = length - 1; i-- > 0;) {
    const bool bit = (value >> i & 1u) != 0;
    const bool first = i == length - 2;
    made = made << 1 | (first ? code_bit(coder, models.second[length], bit) : coder.raw(bit));
  }
  return made;
}

template <BitCoder Coder>
std::int32_t code_signed(Coder& coder, NumberClass& models, std::int32_t value) {
  const std::uint32_t folded = static_cast<std::uint32_t>(value) << 1 ^ (value < 0 ? ~0u : 0u);
  const std::uint32_t made = code_unsigned(coder, models, folded);
  return static_cast<std::int32_t>(made >> 1 ^ ((made & 1u) != 0 ? ~0u : 0u));
}

}  // namespace updraft::delta
