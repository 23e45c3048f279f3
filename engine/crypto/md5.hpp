// MD5 (RFC 1321) of bytes as they come. ArduinoOTA, ESPHome and ElegantOTA name what they send by
// it, a partition table ends with it (spec/esp32.md 2.1); it finds what was damaged on the way, and
// proves nothing.
//
// Our own code, because a chip's build may have none: Mbed TLS has it by an option, PSA in ESP-IDF
// 6 leaves it out (docs/decisions/0058-arduino-ota.md). Not linked where nobody uses it.
#pragma once
#include <array>
#include <cstdint>

#include "updraft/bytes.hpp"

namespace updraft::crypto {

using Md5Digest = std::array<std::byte, 16>;

class Md5 {
 public:
  void update(Bytes bytes);  // any length, also 0
  Md5Digest finish();        // once

 private:
  static constexpr std::size_t kBlock = 64;
  void take(Bytes block);

  std::array<std::uint32_t, 4> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::array<std::byte, kBlock> pending_{};
  std::uint64_t size_ = 0;  // bytes in all
};

Md5Digest md5(Bytes bytes);

}  // namespace updraft::crypto
