#include "engine/codec/heatshrink.hpp"

namespace updraft::codec {

void Heatshrink::reset() {
  window_.fill(std::byte{0});
  at_ = 0;
  bits_ = 0;
  bit_count_ = 0;
  left_ = 0;
}

std::optional<std::byte> Heatshrink::next(Bytes& in) {
  if (left_ == 0) {
    if (!want(1, in)) return std::nullopt;
    const bool literal = (bits_ >> (bit_count_ - 1) & 1u) != 0;
    const unsigned size = 1 + (literal ? 8 : kWindowBits + kLengthBits);
    if (!want(size, in)) return std::nullopt;
    (void)take(1);
    if (literal) return keep(static_cast<std::byte>(take(8)));
    distance_ = take(kWindowBits) + 1;
    left_ = take(kLengthBits) + 1;
  }
  --left_;
  return keep(window_[static_cast<std::uint8_t>(at_ - distance_)]);
}

bool Heatshrink::want(unsigned count, Bytes& in) {
  for (; bit_count_ < count && !in.empty(); in = in.subspan(1)) {
    bits_ = bits_ << 8 | load_u8(in, 0);
    bit_count_ += 8;
  }
  return bit_count_ >= count;
}

std::uint32_t Heatshrink::take(unsigned count) {
  bit_count_ -= count;
  const std::uint32_t value = bits_ >> bit_count_;
  bits_ &= (1u << bit_count_) - 1;
  return value;
}

std::byte Heatshrink::keep(std::byte byte) {
  window_[at_++] = byte;
  return byte;
}

}  // namespace updraft::codec
