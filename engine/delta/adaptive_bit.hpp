// Adaptive binary models (spec/delta.md section 3.2): a probability that the next bit is one,
// and how often it was asked. It moves fast at first, slowly later.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/delta/bit_coder.hpp"

namespace updraft::delta {

inline constexpr unsigned kWideCount = 250;

inline constexpr auto kRate = [] {  // REC in the format's page, by the count
  std::array<std::uint16_t, kWideCount + 1> rate{};
  for (std::uint32_t count = 0; count < rate.size(); ++count) {
    rate[count] = static_cast<std::uint16_t>(655'360 / (10 * count + 16));
  }
  return rate;
}();

// 12-bit probability in bits 15..4, count in bits 3..0.
class SmallModel {
 public:
  static constexpr unsigned kCount = 15;
  std::uint32_t probability() const { return value_ >> 4; }
  void learn(bool bit, unsigned most = kCount) {
    const auto old = static_cast<std::int32_t>(probability());
    const unsigned count = value_ & 15u;
    const std::int32_t moved = old + ((bit ? 4095 : 0) - old) * kRate[count] / 65'536;
    value_ =
        static_cast<std::uint16_t>(static_cast<unsigned>(moved) << 4 | std::min(count + 1, most));
  }
  std::uint16_t value() const { return value_; }

 private:
  std::uint16_t value_ = 2048u << 4;
};

// 22-bit probability in bits 31..10, count in bits 9..0. Only for hit flags.
class WideModel {
 public:
  std::uint32_t probability() const {  // 16 bits of it
    return std::clamp<std::uint32_t>(value_ >> 16, 8, 65'528);
  }
  void learn(bool bit) {
    const std::uint32_t old = value_ >> 10, count = value_ & 1023u;
    const std::uint32_t away = bit ? 4'194'303 - old : old;
    const auto step = static_cast<std::uint32_t>(std::uint64_t{away} * kRate[count] >> 16);
    value_ = (bit ? old + step : old - step) << 10 | std::min<std::uint32_t>(count + 1, kWideCount);
  }
  std::uint32_t value() const { return value_; }

 private:
  std::uint32_t value_ = 1u << 31;
};

template <BitCoder Coder>
bool code_bit(Coder& coder, SmallModel& model, bool bit) {
  bit = coder.small(std::clamp<std::uint32_t>(model.probability(), 1, 4095), bit);
  model.learn(bit);
  return bit;
}

template <BitCoder Coder>
bool code_bit(Coder& coder, WideModel& model, bool bit) {
  bit = coder.wide(model.probability(), bit);
  model.learn(bit);
  return bit;
}

// `bits` bits, the most significant first; `nodes` holds 2^bits models or more, [0] is not used.
template <BitCoder Coder, std::size_t N>
std::uint32_t code_tree(Coder& coder, std::array<SmallModel, N>& nodes, unsigned bits,
                        std::uint32_t value) {
  std::uint32_t node = 1;
  for (unsigned i = bits; i-- > 0;) {
    node = 2 * node + (code_bit(coder, nodes[node], (value >> i & 1u) != 0) ? 1 : 0);
  }
  return node - (1u << bits);
}

}  // namespace updraft::delta
