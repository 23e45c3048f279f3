// Adaptive binary models (spec/delta.md section 3.2): a probability that the next bit is one,
// and how often it was asked. It moves fast at first, slowly later.
//
// A `Coder` is one of two: it decodes a decision and returns it (RangeDecoder), or it encodes the
// one it is given and returns the same. Everything above is written once, for both.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace updraft::delta {

inline constexpr unsigned kWideCount = 250;

inline constexpr auto kRate = [] {  // REC in the format's page
  std::array<std::uint16_t, kWideCount + 1> rate{};
  for (std::uint32_t k = 0; k < rate.size(); ++k) {
    rate[k] = static_cast<std::uint16_t>(655'360 / (10 * k + 16));
  }
  return rate;
}();

// 12-bit probability in bits 15..4, count in bits 3..0.
class SmallModel {
 public:
  static constexpr unsigned kCount = 15;
  std::uint32_t p() const { return value_ >> 4; }
  void learn(bool bit, unsigned most = kCount) {
    const auto old = static_cast<std::int32_t>(p());
    const unsigned k = value_ & 15u;
    const std::int32_t p = old + ((bit ? 4095 : 0) - old) * kRate[k] / 65'536;
    value_ = static_cast<std::uint16_t>(static_cast<unsigned>(p) << 4 | std::min(k + 1, most));
  }
  std::uint16_t value() const { return value_; }

 private:
  std::uint16_t value_ = 2048u << 4;
};

// 22-bit probability in bits 31..10, count in bits 9..0. Only for hit flags.
class WideModel {
 public:
  std::uint32_t p() const {
    return std::clamp<std::uint32_t>(value_ >> 16, 32, 65'504);
  }  // 16 bits
  void learn(bool bit) {
    const std::uint32_t old = value_ >> 10, k = value_ & 1023u;
    const std::uint32_t away = bit ? 4'194'303 - old : old;
    const auto step = static_cast<std::uint32_t>(std::uint64_t{away} * kRate[k] >> 16);
    value_ = (bit ? old + step : old - step) << 10 | std::min<std::uint32_t>(k + 1, kWideCount);
  }
  std::uint32_t value() const { return value_; }

 private:
  std::uint32_t value_ = 1u << 31;
};

template <class Coder>
bool code_bit(Coder& coder, SmallModel& model, bool bit) {
  bit = coder.small(std::clamp<std::uint32_t>(model.p(), 1, 4095), bit);
  model.learn(bit);
  return bit;
}

template <class Coder>
bool code_bit(Coder& coder, WideModel& model, bool bit) {
  bit = coder.wide(model.p(), bit);
  model.learn(bit);
  return bit;
}

// `bits` bits, the most significant first; `nodes` holds 2^bits models or more, [0] is not used.
template <class Coder, std::size_t N>
std::uint32_t code_tree(Coder& coder, std::array<SmallModel, N>& nodes, unsigned bits,
                        std::uint32_t value) {
  std::uint32_t node = 1;
  for (unsigned i = bits; i-- > 0;) {
    node = 2 * node + (code_bit(coder, nodes[node], (value >> i & 1u) != 0) ? 1 : 0);
  }
  return node - (1u << bits);
}

}  // namespace updraft::delta
