// Undoes heatshrink as it arrives, with the one setting that esp_delta_ota uses: a window of 256
// bytes, matches of up to 128 (spec/esp32.md section 4.2). Bits go high to low:
//
//   1, 8 bits: a literal        0, 8 bits, 7 bits: copy (length - 1) from (distance - 1) back
//
// The stream does not mark its end: its last byte is filled up with zero bits, and its reader must
// know how many bytes to expect. About 300 bytes, nothing is allocated.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/bytes.hpp"

namespace updraft::codec {

class Heatshrink {
 public:
  static constexpr unsigned kWindowBits = 8, kLengthBits = 7;

  void reset();
  // The next byte of the plain stream; takes from the front of `in` what it needs. Nothing: `in` is
  // used up first.
  std::optional<std::byte> next(Bytes& in);
  // What was taken but not needed is at most this many bits; the padding of a last byte is less
  // than eight zeros.
  bool only_padding_left() const { return bit_count_ < 8 && bits_ == 0 && left_ == 0; }

 private:
  bool want(unsigned count, Bytes& in);  // true: that many bits are there
  std::uint32_t take(unsigned count);
  std::byte keep(std::byte byte);

  std::array<std::byte, 1u << kWindowBits> window_{};
  std::uint8_t at_ = 0;  // in the window; wraps by itself
  std::uint32_t bits_ = 0;
  unsigned bit_count_ = 0;
  std::uint32_t distance_ = 0, left_ = 0;  // of the copy that is being made
};

}  // namespace updraft::codec
