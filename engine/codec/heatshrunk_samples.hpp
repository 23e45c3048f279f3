// Writes heatshrink streams (window 8, lookahead 7) for tests.
#pragma once
#include <vector>

#include "updraft/bytes.hpp"

namespace updraft::samples {

class BitWriter {
 public:
  void literal(std::byte byte) {
    put(1, 1);
    put(std::to_integer<unsigned>(byte), 8);
  }
  void copy(unsigned distance, unsigned length) {
    put(0, 1);
    put(distance - 1, 8);
    put(length - 1, 7);
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  void put(unsigned value, unsigned count) {
    while (count-- > 0) {
      if (used_ == 0) bytes_.push_back(std::byte{0});
      if ((value >> count & 1u) != 0) bytes_.back() |= static_cast<std::byte>(0x80u >> used_);
      used_ = (used_ + 1) % 8;
    }
  }
  std::vector<std::byte> bytes_;
  unsigned used_ = 0;  // bits of the last byte
};

inline std::vector<std::byte> heatshrunk(Bytes plain) {
  BitWriter bits;
  for (const std::byte byte : plain) bits.literal(byte);
  return bits.bytes();
}

}  // namespace updraft::samples
