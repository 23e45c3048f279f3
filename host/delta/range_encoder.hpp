// The mirror of RangeDecoder (spec/delta.md section 3.1): 64-bit low, one byte held back, and a
// run of pending FF bytes for the carry.
#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

#include "updraft/bytes.hpp"

#include "engine/delta/bit_coder.hpp"
#include "host/delta/bit_meter.hpp"

namespace updraft::diff {

class RangeEncoder {
 public:
  static constexpr bool kEncodes = true;
  using Meter = BitMeter;
  static constexpr std::size_t kLeastChunk = 5;  // bytes that a decoder begins with

  bool small(std::uint32_t probability, bool bit) {
    return code((range_ >> 12) * probability, bit);
  }
  bool wide(std::uint32_t probability, bool bit) { return code((range_ >> 16) * probability, bit); }
  bool raw(bool bit) {
    range_ >>= 1;
    if (bit) low_ += range_;
    normalize();
    return bit;
  }
  void damage() {}
  bool damaged() const { return false; }

  // Ends the chunk; the encoder is new afterwards.
  std::vector<std::byte> finish() {
    for (int i = 0; i < 5; ++i) shift();
    std::vector<std::byte> made = std::move(bytes_);
    *this = {};
    return made;
  }
  // The same in fewer bytes: of the numbers that mean it, the one with the most zeros at its end,
  // which a decoder finds after the end of a chunk as well.
  std::vector<std::byte> finish_short() {
    for (unsigned zeros = 24; zeros > 0; zeros -= 8) {
      const std::uint64_t unit = std::uint64_t{1} << zeros;
      const std::uint64_t round = (low_ + unit - 1) / unit * unit;
      if (round - low_ >= range_) continue;
      low_ = round;
      break;
    }
    std::vector<std::byte> made = finish();
    while (made.size() > kLeastChunk && made.back() == std::byte{0}) made.pop_back();
    return made;
  }
  // Bits spent so far.
  double bits() const {
    return 8.0 * static_cast<double>(bytes_.size() + pending_) + 32 - std::log2(range_);
  }

 private:
  bool code(std::uint32_t bound, bool bit) {
    if (bit) {
      range_ = bound;
    } else {
      low_ += bound;
      range_ -= bound;
    }
    normalize();
    return bit;
  }
  void normalize() {
    while (range_ < 1u << 24) {
      range_ <<= 8;
      shift();
    }
  }
  void shift() {
    const bool carry = low_ > UINT32_MAX;
    if (low_ < 0xFF00'0000 || carry) {
      for (; pending_ > 0; --pending_) {
        bytes_.push_back(static_cast<std::byte>((held_ + (carry ? 1 : 0)) & 255));
        held_ = 0xFF;
      }
      held_ = static_cast<std::uint8_t>(low_ >> 24 & 255);
    }
    ++pending_;
    low_ = (low_ & 0x00FF'FFFF) << 8;
  }

  std::vector<std::byte> bytes_;
  std::uint64_t low_ = 0;
  std::uint32_t range_ = UINT32_MAX;
  std::uint8_t held_ = 0;
  std::size_t pending_ = 1;  // the held byte, and FF bytes after it
};
static_assert(delta::BitCoder<RangeEncoder>);

}  // namespace updraft::diff
