// The range decoder (spec/delta.md section 3.1) over a small window of the patch.
//
// A patch arrives in any pieces. The decoder runs in steps (one unit, one literal, one operation),
// and a step is begun only when all the bytes that it could take are in the window, or the chunk's
// end is: so nothing is ever suspended in the middle of a step.
#pragma once
#include <array>
#include <cstdint>

#include "updraft/bytes.hpp"

#include "engine/delta/bit_coder.hpp"

namespace updraft::delta {

// The most that one step takes: an operation, three numbers of at most 7 modelled and 30 raw bits
// and two more decisions; at most two bytes for a modelled decision, one for eight raw ones.
inline constexpr std::size_t kStepBytes = 96;
inline constexpr std::size_t kWindowBytes = 256;

class RangeDecoder {
 public:
  static constexpr bool kEncodes = false;

  void reset();          // the window is empty
  void fill(Bytes& in);  // moves what fits from the front of `in` to the window
  Bytes buffered() const { return Bytes(window_).subspan(head_, size_ - head_); }
  void drop(std::size_t bytes) { head_ += bytes; }  // read by someone else
  // The next `length` bytes are a chunk. False: its first byte is not 0, or it is too short.
  void start_chunk(std::uint32_t length);
  bool open();
  bool ready() const { return size_ - head_ >= std::min<std::size_t>(left_, kStepBytes); }
  std::uint32_t left() const { return left_; }  // bytes of the chunk that were not taken yet
  // Takes bytes of the chunk unread: those in the window, or `bytes` that will never come.
  void pass_over();
  void leave_out(std::uint32_t bytes) { left_ -= std::min(left_, bytes); }

  // The last parameter is used by an encoder only.
  bool small(std::uint32_t probability, bool) { return decide((range_ >> 12) * probability); }
  bool wide(std::uint32_t probability, bool) { return decide((range_ >> 16) * probability); }
  bool raw(bool) {
    range_ >>= 1;
    const bool bit = code_ >= range_;
    if (bit) code_ -= range_;
    normalize();
    return bit;
  }
  void damage() { damaged_ = true; }
  bool damaged() const { return damaged_; }

 private:
  bool decide(std::uint32_t bound) {
    const bool bit = code_ < bound;
    if (bit) {
      range_ = bound;
    } else {
      code_ -= bound;
      range_ -= bound;
    }
    normalize();
    return bit;
  }
  void normalize() {
    while (range_ < 1u << 24) {
      range_ <<= 8;
      code_ = code_ << 8 | next();
    }
  }
  std::uint32_t next() {  // 0 after the chunk's end
    if (left_ == 0 || head_ == size_) return 0;
    --left_;
    return std::to_integer<std::uint32_t>(window_[head_++]);
  }

  std::array<std::byte, kWindowBytes> window_{};
  std::size_t head_ = 0, size_ = 0;
  std::uint32_t left_ = 0;
  std::uint32_t range_ = 0, code_ = 0;
  bool damaged_ = false;
};
static_assert(BitCoder<RangeDecoder>);

}  // namespace updraft::delta
