#include "updraft/bytes.hpp"

#include <gtest/gtest.h>

namespace updraft {
namespace {

TEST(Bytes, LoadsAreLittleEndianAtAnyAlignment) {
  const Bytes bytes = as_bytes("\x01\x82\x03\x84\x05");
  EXPECT_EQ(load_u8(bytes, 1), 0x82);
  EXPECT_EQ(load_le16(bytes, 0), 0x8201);
  EXPECT_EQ(load_le16(bytes, 1), 0x0382);
  EXPECT_EQ(load_le32(bytes, 0), 0x84038201u);
  EXPECT_EQ(load_le32(bytes, 1), 0x05840382u);
}

TEST(Bytes, StoresAreWhatLoadsRead) {
  std::array<std::byte, 7> bytes{};
  store_le32(bytes, 1, 0xDEADBEEF);
  store_le16(bytes, 5, 0xCAFE);
  EXPECT_EQ(load_le32(bytes, 1), 0xDEADBEEFu);
  EXPECT_EQ(load_le16(bytes, 5), 0xCAFE);
  EXPECT_EQ(load_u8(bytes, 0), 0);
  EXPECT_EQ(load_u8(bytes, 1), 0xEF);
}

TEST(Bytes, BigEndianFieldsAreAsWideAsTheyAre) {
  const Bytes bytes = as_bytes("\x01\x82\x03\x84\x05\x86\x07\x88");
  EXPECT_EQ(load_be(bytes.first(1)), 0x01u);
  EXPECT_EQ(load_be(bytes.first(2)), 0x0182u);
  EXPECT_EQ(load_be(bytes.first(4)), 0x01820384u);
  EXPECT_EQ(load_be(bytes), 0x0182'0384'0586'0788u);
  EXPECT_EQ(load_be({}), 0u);
  for (std::size_t width = 0; width <= bytes.size(); ++width) {
    std::array<std::byte, 9> out{};
    store_be(MutableBytes(out).first(width), load_be(bytes.first(width)));
    EXPECT_TRUE(std::ranges::equal(Bytes(out).first(width), bytes.first(width))) << width;
    EXPECT_EQ(load_u8(out, width), 0) << width;
  }
}

TEST(AlignUp, RoundsToTheNextMultiple) {
  EXPECT_EQ(align_up(0, 16), 0u);
  EXPECT_EQ(align_up(1, 16), 16u);
  EXPECT_EQ(align_up(16, 16), 16u);
  EXPECT_EQ(align_up(17, 4096), 4096u);
}

TEST(AlignUp, DoesNotWrapWith32BitLengths) { EXPECT_EQ(align_up(0xFFFFFFFF, 4096), 0x100000000u); }

TEST(AsBytes, IsTheTextWithoutItsNul) {
  EXPECT_EQ(as_bytes("ab").size(), 2u);
  EXPECT_EQ(as_bytes("").size(), 0u);
}

TEST(AsText, IsTheBytesAgain) {
  EXPECT_EQ(as_text(as_bytes("ab")), "ab");
  EXPECT_EQ(as_text({}), "");
}

TEST(Text, EndsAtTheFirstNul) {
  EXPECT_EQ(Text<8>(std::string_view("ab\0cd", 5)).view(), "ab");
  EXPECT_TRUE(Text<8>(std::string_view("\0ab", 3)).empty());
}

TEST(Text, EndsAtItsSizeWithoutANul) {
  EXPECT_EQ(Text<4>("abcd").view(), "abcd");
  EXPECT_EQ(Text<4>("abcdefgh").view(), "abcd");
}

TEST(Text, TakesFieldsShorterThanItself) {
  EXPECT_EQ(Text<8>(Bytes{}).view(), "");
  EXPECT_EQ(Text<8>("abc").view(), "abc");
}

TEST(Text, IsEqualByWhatItShows) {
  EXPECT_EQ(Text<8>(std::string_view("ab\0cd", 5)), Text<8>("ab"));
  EXPECT_FALSE(Text<8>("ab") == Text<8>("abc"));
}

TEST(Text, KeepsBytesThatAreNotPrintable) { EXPECT_EQ(Text<4>("\x1b\xff\n").view(), "\x1b\xff\n"); }

}  // namespace
}  // namespace updraft
