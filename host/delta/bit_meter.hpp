// Counts what decisions would cost, and makes no bytes: how an encoder chooses between two ways to
// say the same.
#pragma once
#include <array>
#include <cmath>
#include <limits>

#include "engine/delta/bit_coder.hpp"

namespace updraft::diff {

class BitMeter {
 public:
  static constexpr bool kEncodes = false;  // it makes no choices of its own
  static constexpr double kEndless = std::numeric_limits<double>::infinity();

  bool small(std::uint32_t probability, bool bit) {
    bits_ += price(bit ? probability : 4096 - probability);
    return bit;
  }
  bool wide(std::uint32_t probability, bool bit) { return small(probability >> 4, bit); }
  bool raw(bool bit) {
    bits_ += 1;
    return bit;
  }
  void damage() {}
  bool damaged() const { return false; }
  double bits() const { return bits_; }

 private:
  // Of a decision with that probability, in 4096ths.
  static double price(std::uint32_t probability) {
    static const auto prices = [] {
      std::array<double, 4097> table{};
      for (std::size_t i = 1; i < table.size(); ++i) {
        table[i] = 12 - std::log2(static_cast<double>(i));
      }
      table[0] = table[1];
      return table;
    }();
    return prices[probability];
  }
  double bits_ = 0;
};
static_assert(delta::BitCoder<BitMeter>);

}  // namespace updraft::diff
