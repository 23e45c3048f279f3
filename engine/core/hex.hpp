// Hex digits: two for each byte, the high one first. Written in lower case, read in both.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "updraft/bytes.hpp"

namespace updraft {

inline constexpr int kNoHexDigit = -1;

constexpr int hex_value(char c) {  // 0..15, or kNoHexDigit
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return kNoHexDigit;
}

// How many hex digits `text` starts with.
constexpr std::size_t hex_digits_in_front(std::string_view text) {
  const auto* const end = std::ranges::find(text, kNoHexDigit, hex_value);
  return static_cast<std::size_t>(end - text.begin());
}

// Exactly `bytes` bytes in hex and nothing else.
constexpr bool is_hex(std::string_view text, std::size_t bytes) {
  return text.size() == 2 * bytes && hex_digits_in_front(text) == text.size();
}

struct HexByte {  // the two digits of a byte
  constexpr explicit HexByte(std::byte byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto value = std::to_integer<std::size_t>(byte);
    digits = {kDigits[value >> 4], kDigits[value & 15]};
  }
  constexpr std::string_view view() const { return {digits.data(), digits.size()}; }
  std::array<char, 2> digits{};
};

// As text in `out`, which holds 2 * bytes.size() characters.
constexpr void write_hex(Bytes bytes, MutableBytes out) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const HexByte hex(bytes[i]);
    out[2 * i] = static_cast<std::byte>(hex.digits[0]);
    out[2 * i + 1] = static_cast<std::byte>(hex.digits[1]);
  }
}

// False, and `out` as it was: `text` is not exactly the hex of so many bytes.
constexpr bool read_hex(std::string_view text, MutableBytes out) {
  if (!is_hex(text, out.size())) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::byte>(hex_value(text[2 * i]) * 16 + hex_value(text[2 * i + 1]));
  }
  return true;
}

}  // namespace updraft
