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

inline constexpr std::uint32_t kNoPrediction = 256;

// What is known about a byte before it is coded.
struct ByteContext {
  ByteClass byte_class = ByteClass::data;
  std::uint32_t position = 0;               // 0..3, in its word or instruction
  std::uint32_t predicted = kNoPrediction;  // or a byte
  std::uint32_t history = 0;                // the three bytes before it, the last one lowest
};

// With one byte more after it.
constexpr std::uint32_t longer_history(std::uint32_t history, std::uint32_t byte) {
  return (history << 8 | byte) & 0xFF'FFFF;
}

template <unsigned kMaxLogSlots>
class ByteModel {
 public:
  void reset(unsigned log_slots) {
    log_slots_ = log_slots;
    hashed_.fill({});
    for (auto& table : order0_) table.fill({});
    for (auto& set : weights_) set.fill(kStartWeight);
  }

  template <BitCoder Coder>
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
  static constexpr unsigned kMostCount = 12;  // of the models here
  static constexpr std::int32_t kStartWeight = 13'107;
  static constexpr std::int32_t kLearningRate = 14;
  static constexpr unsigned kHashes = kInputs - 1;  // input 0 has a table of its own
  // The format's three constants for hashing.
  static constexpr std::uint32_t kSpread = 0x9E37'79B1, kStir = 0x85EB'CA6B, kFold = 0x2C1B'3C6D;

  void select(const ByteContext& context) {
    const bool given = context.predicted != kNoPrediction;
    const bool data = context.byte_class == ByteClass::data;
    const std::uint32_t place = context.position * 2 + (given ? 1 : 0);
    const std::uint32_t kind = static_cast<std::uint32_t>(context.byte_class) * 8 + place;
    const std::uint32_t kind_and_guess = kind << 9 | context.predicted;
    const std::uint32_t last = context.history & 255u, second = context.history >> 8 & 255u;
    const std::uint32_t third = context.history >> 16;
    const std::uint32_t contexts[kHashes] = {
        kind_and_guess, kind << 8 | last, (kind << 8 | last) << 8 | second,
        (last << 16 | second << 8 | third) * 32 + kind, kind_and_guess << 8 | last};
    for (std::uint32_t i = 0; i < kHashes; ++i) {
      hash_[i] = (contexts[i] * kSpread + (i + 1) * kStir) * kFold;
    }
    order0_now_ = &order0_[(data ? 4 : 0) + context.position];
    weights_now_ = &weights_[(data ? 8 : 0) + place];  // an image has one class of code
  }

  using Slots = std::array<SmallModel*, kInputs>;
  Slots slots_of(std::uint32_t node) {
    Slots slots;
    slots[0] = &(*order0_now_)[node];
    for (std::size_t i = 1; i < kInputs; ++i) {
      std::uint32_t hash = hash_[i - 1] + node * kSpread;
      hash ^= hash >> 15;
      hash *= kStir;
      slots[i] = &hashed_[hash >> (32 - log_slots_)];
    }
    return slots;
  }

  template <BitCoder Coder>
  bool code_bit_of(Coder& coder, std::uint32_t node, bool bit) {
    const Slots slots = slots_of(node);
    Weights& weights = *weights_now_;
    std::array<std::int32_t, kInputs> votes;
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < kInputs; ++i) {
      votes[i] = kStretch[slots[i]->probability()];
      sum += std::int64_t{weights[i]} * votes[i];
    }
    const auto odds = static_cast<std::int32_t>(std::clamp<std::int64_t>(sum >> 16, -2048, 2048));
    const std::int32_t mixed = squash(odds);
    bit = coder.small(static_cast<std::uint32_t>(std::clamp<std::int32_t>(mixed, 1, 4095)), bit);
    const std::int32_t error = ((bit ? 4096 : 0) - mixed) * kLearningRate;
    for (std::size_t i = 0; i < kInputs; ++i) {
      const auto step = (votes[i] * error + 32'768) >> 16;
      weights[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(weights[i]) +
                                             static_cast<std::uint32_t>(step));
      slots[i]->learn(bit, kMostCount);
    }
    return bit;
  }

  std::array<SmallModel, std::size_t{1} << kMaxLogSlots> hashed_;
  std::array<std::array<SmallModel, 256>, 8> order0_;
  std::array<Weights, 16> weights_;
  unsigned log_slots_ = kMaxLogSlots;
  std::array<SmallModel, 256>* order0_now_ = nullptr;
  Weights* weights_now_ = nullptr;
  std::array<std::uint32_t, kHashes> hash_{};
};

}  // namespace updraft::delta
