#include "engine/core/hex.hpp"

#include <gtest/gtest.h>

namespace updraft {
namespace {

TEST(Hex, EachByteIsTwoDigitsInLowerCase) {
  std::array<std::byte, 8> out;
  write_hex(as_bytes("\x01\xAF\xF0\x7E"), out);
  EXPECT_EQ(as_text(out), "01aff07e");
  EXPECT_EQ(HexByte(std::byte{0x9C}).view(), "9c");
}

TEST(Hex, EachByteComesBackFromEitherCase) {
  constexpr std::string_view kUpper = "0123456789ABCDEF", kLower = "0123456789abcdef";
  for (std::size_t value = 0; value < 256; ++value) {
    const char upper[] = {kUpper[value >> 4], kUpper[value & 15]};
    const char lower[] = {kLower[value >> 4], kLower[value & 15]};
    for (const char* text : {upper, lower}) {
      std::array<std::byte, 1> out{};
      EXPECT_TRUE(read_hex({text, 2}, out)) << value;
      EXPECT_EQ(load_u8(out, 0), value);
    }
    EXPECT_EQ(HexByte(static_cast<std::byte>(value)).view(), std::string_view(lower, 2));
  }
}

TEST(Hex, NothingElseIsADigit) {
  for (int value = 0; value < 256; ++value) {
    const char c = static_cast<char>(value);
    const bool digit = std::string_view("0123456789abcdefABCDEF").contains(c);
    EXPECT_EQ(hex_value(c) != kNoHexDigit, digit) << value;
  }
}

TEST(Hex, WhatIsNotExactlySoManyBytesIsLeft) {
  std::array<std::byte, 2> out = {std::byte{1}, std::byte{2}};
  for (const std::string_view text :
       {"", "0", "00112", "001122", "0x11", "00 1", "001g", " 0011"}) {
    EXPECT_FALSE(read_hex(text, out)) << text;
    EXPECT_EQ(load_le16(out, 0), 0x0201) << text;
  }
  EXPECT_TRUE(read_hex("", {}));
}

TEST(Hex, DigitsInFrontAreCounted) {
  EXPECT_EQ(hex_digits_in_front(""), 0u);
  EXPECT_EQ(hex_digits_in_front("x1"), 0u);
  EXPECT_EQ(hex_digits_in_front("aF0-1"), 3u);
  EXPECT_EQ(hex_digits_in_front("12"), 2u);
}

}  // namespace
}  // namespace updraft
