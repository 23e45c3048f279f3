#include "engine/format/sealed_header.hpp"

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::format {
namespace {

constexpr std::uint64_t kSlot = 1 << 20;

class SealedHeaderTest : public testing::Test {
 protected:
  std::string verdict(Bytes bytes, std::uint64_t limit = kSlot) {
    const auto header = parse_sealed_header(bytes, limit);
    return word(header);
  }
  std::vector<std::byte> file = golden::bytes("sealed_image_ecies");
};

// spec/esp32.md 7.5
TEST_F(SealedHeaderTest, ReadsTheVector) {
  const auto header = parse_sealed_header(file, kSlot);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->scheme, Seal::ecies);
  EXPECT_EQ(header->length, 336u);
  EXPECT_EQ(golden::to_hex(header->sender_point()),
            "1cf4bfebb3d73c66711647c193dcef1aae2736f0087192578ef0e8295492f7f5"
            "817687bd5c94587f42d7c4333b6c7ed0c32a60bfed214f1213d228227c395352");
  EXPECT_EQ(golden::to_hex(header->salt()),
            "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f");
  EXPECT_EQ(golden::to_hex(header->iv), "808182838485868788898a8b8c8d8e8f");
  EXPECT_EQ(golden::to_hex(header->tag), "4a953af633cd1299dc69bade3eab8de1");
}

TEST_F(SealedHeaderTest, WritesTheVector) {
  const auto header = parse_sealed_header(file, kSlot);
  std::array<std::byte, kSealedHeaderBytes> out;
  out.fill(std::byte{0xAA});
  write_sealed_header(*header, out);
  EXPECT_EQ(golden::to_hex(out), golden::to_hex(Bytes(file).first(kSealedHeaderBytes)));
}

TEST_F(SealedHeaderTest, LengthsAreHeldToTheLimit) {
  const struct {
    std::uint32_t length;
    const char* verdict;
  } rows[] = {{0, "malformed"},        {1, "ok"},
              {kSlot, "ok"},           {kSlot + 1, "too_big"},
              {0x7FFFFFFF, "too_big"}, {0xFFFFFFFF, "too_big"}};
  for (const auto& row : rows) {
    store_le32(file, 404, row.length);
    EXPECT_EQ(verdict(file), row.verdict) << row.length;
  }
  EXPECT_EQ(verdict(file, 0xFFFFFFFF), "ok") << "if there is room";
}

TEST_F(SealedHeaderTest, IsNotReadBeyondItsEnd) {
  for (std::size_t size = 0; size < kSealedHeaderBytes; ++size) {
    const std::vector<std::byte> cut(file.begin(), file.begin() + static_cast<int>(size));
    ASSERT_EQ(verdict(cut), "malformed") << size;
  }
  EXPECT_EQ(verdict(Bytes(file).first(kSealedHeaderBytes)), "ok");
}

TEST_F(SealedHeaderTest, TheMagicCounts) {
  for (std::size_t bit = 0; bit < 32; ++bit) {
    auto wrong = file;
    wrong[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    EXPECT_EQ(verdict(wrong), "malformed");
  }
}

TEST_F(SealedHeaderTest, TheReservedBytesDoNot) {
  std::fill(file.begin() + 424, file.begin() + 512, std::byte{0xFF});
  EXPECT_EQ(verdict(file), "ok");
}

// 288 zeros are ECIES; a single bit among them is RSA.
TEST_F(SealedHeaderTest, ZerosTellTheScheme) {
  for (std::size_t at = 100; at < 388; ++at) {
    auto other = file;
    other[at] = std::byte{1};
    ASSERT_EQ(parse_sealed_header(other, kSlot)->scheme, Seal::rsa) << at;
  }
  EXPECT_EQ(name(Seal::rsa), "rsa");
  EXPECT_EQ(name(Seal::ecies), "ecies");
}

}  // namespace
}  // namespace updraft::format
