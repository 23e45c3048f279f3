#include "engine/crypto/x25519.hpp"

#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace updraft::crypto {
namespace {

std::string agreed(const std::string& mine, const std::string& theirs) {
  const auto secret = x25519(Secret<32>(Bytes(golden::from_hex(mine))), golden::from_hex(theirs));
  return secret ? golden::to_hex(secret->reveal()) : "none";
}

// RFC 7748 sections 5.2 (the second point has its top bit set) and 6.1.
TEST(X25519Test, IsThatOfTheRfc) {
  EXPECT_EQ(agreed("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                   "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  EXPECT_EQ(agreed("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                   "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"),
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
  EXPECT_EQ(agreed("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
                   golden::to_hex(kX25519Base)),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
}

// What either side computes from the other's is the same.
TEST(X25519Test, BothSidesAgree) {
  std::array<std::byte, 32> bits;
  bits.fill(std::byte{0x5A});
  const Secret<32> one{Bytes(bits)};
  bits.fill(std::byte{0xC3});
  const Secret<32> other{Bytes(bits)};
  const auto of_one = x25519(one, kX25519Base), of_other = x25519(other, kX25519Base);
  ASSERT_TRUE(of_one && of_other);
  const auto here = x25519(one, of_other->reveal()), there = x25519(other, of_one->reveal());
  ASSERT_TRUE(here && there);
  EXPECT_TRUE(ct_equal(here->reveal(), there->reveal()));
}

// A peer that sends one of these would know the secret.
TEST(X25519Test, PointsOfSmallOrderHaveNoSecret) {
  const std::string mine = "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4";
  for (const char* const point :
       {"0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    EXPECT_EQ(agreed(mine, point), "none") << point;
  }
}

TEST(X25519Test, APointHas32Bytes) {
  const std::string mine = "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4";
  EXPECT_EQ(agreed(mine, ""), "none");
  EXPECT_EQ(agreed(mine, std::string(62, '1')), "none");
  EXPECT_EQ(agreed(mine, std::string(66, '1')), "none");
}

}  // namespace
}  // namespace updraft::crypto
