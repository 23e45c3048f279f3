// The byte model (spec/delta.md section 3.4): codes a byte from what surrounds it. Six models
// vote on each bit, and a mixer learns whom to trust.
//
// Memory: 2 << kLogSlots bytes of hashed slots, 4 KiB of order-0 tables, 384 bytes of weights. One
// slot less in the logarithm halves the first and costs 1 to 2 % of a patch.
#pragma once
#include "engine/delta/adaptive_bit.hpp"
#include "engine/delta/squash.hpp"

namespace updraft::delta {

enum class ByteClass : std::uint8_t { xtensa = 0, data = 1, riscv = 2 };

// What is known about a byte before it is coded.
struct ByteContext {
  ByteClass cls = ByteClass::data;
  std::uint32_t idx = 0;          // 0..3: place in its word or instruction
  std::uint32_t predicted = 256;  // 256: no prediction
  std::uint32_t history = 0;  // c3 << 16 | c2 << 8 | c1: the bytes before it, the last one lowest
};

template <unsigned kMaxLogSlots>
class ByteModel {
 public:
  void reset(unsigned log_slots) {
    log_slots_ = log_slots;
    hashed_.fill({});
    for (auto& table : order0_) table.fill({});
    for (auto& set : weights_) set.fill(kStartWeight);
  }

  template <class Coder>
  std::uint32_t code(Coder& coder, const ByteContext& context, std::uint32_t byte) {
    select(context);
    std::uint32_t node = 1;
    for (unsigned i = 8; i-- > 0;) {
      node = 2 * node + (code_bit_of(coder, node, (byte >> i & 1u) != 0) ? 1 : 0);
    }
    return node & 255u;
  }

  static constexpr unsigned kInputs = 6;
  using Weights = std::array<std::int32_t, kInputs>;
  const Weights& weights(std::size_t set) const { return weights_[set]; }

 private:
  static constexpr unsigned kCount = 12;
  static constexpr std::int32_t kStartWeight = 13'107;
  static constexpr std::uint32_t kA = 0x9E37'79B1, kB = 0x85EB'CA6B, kC = 0x2C1B'3C6D;

  void select(const ByteContext& c) {
    const bool given = c.predicted < 256;
    const std::uint32_t place = c.idx * 2 + (given ? 1 : 0);
    const std::uint32_t z = static_cast<std::uint32_t>(c.cls) * 8 + place;
    const bool data = c.cls == ByteClass::data;
    const std::uint32_t c1 = c.history & 255u, c2 = c.history >> 8 & 255u, c3 = c.history >> 16;
    const std::uint32_t x[] = {z << 9 | c.predicted, z << 8 | c1, (z << 8 | c1) << 8 | c2,
                               (c1 << 16 | c2 << 8 | c3) * 32 + z,
                               (z << 9 | c.predicted) << 8 | c1};
    for (std::uint32_t i = 0; i < 5; ++i) hash_[i] = (x[i] * kA + (i + 1) * kB) * kC;
    order0_now_ = &order0_[(data ? 4 : 0) + c.idx];
    weights_now_ = &weights_[(data ? 8 : 0) + place];  // an image has one class of code
  }

  template <class Coder>
  bool code_bit_of(Coder& coder, std::uint32_t node, bool bit) {
    std::array<SmallModel*, kInputs> slot;
    slot[0] = &(*order0_now_)[node];
    for (std::size_t i = 1; i < kInputs; ++i) {
      std::uint32_t y = hash_[i - 1] + node * kA;
      y ^= y >> 15;
      y *= kB;
      slot[i] = &hashed_[y >> (32 - log_slots_)];
    }
    Weights& w = *weights_now_;
    std::array<std::int32_t, kInputs> s;
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < kInputs; ++i) {
      s[i] = kStretch[slot[i]->p()];
      sum += std::int64_t{w[i]} * s[i];
    }
    const std::int64_t d = sum >> 16;
    const std::int32_t q =
        squash(static_cast<std::int32_t>(std::clamp<std::int64_t>(d, -2048, 2048)));
    bit = coder.small(static_cast<std::uint32_t>(std::clamp<std::int32_t>(q, 1, 4095)), bit);
    const std::int32_t e = ((bit ? 4096 : 0) - q) * 10;
    for (std::size_t i = 0; i < kInputs; ++i) {
      const auto step = (s[i] * e + 32'768) >> 16;
      w[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(w[i]) +
                                       static_cast<std::uint32_t>(step));
      slot[i]->learn(bit, kCount);
    }
    return bit;
  }

  std::array<SmallModel, std::size_t{1} << kMaxLogSlots> hashed_;
  std::array<std::array<SmallModel, 256>, 8> order0_;
  std::array<Weights, 16> weights_;
  unsigned log_slots_ = kMaxLogSlots;
  std::array<SmallModel, 256>* order0_now_ = nullptr;
  Weights* weights_now_ = nullptr;
  std::array<std::uint32_t, 5> hash_{};
};

}  // namespace updraft::delta
