#include "engine/crypto/hmac.hpp"

#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace updraft::crypto {
namespace {

using golden::from_hex, golden::to_hex;

std::string hex(const Secret<32>& secret) { return to_hex(secret.reveal()); }

struct HmacRow {
  const char* name;
  const char* key;
  const char* data;
  const char* mac;
};

class Hmac : public testing::TestWithParam<HmacRow> {};

TEST_P(Hmac, IsThatOfRfc4231) {
  const HmacRow& row = GetParam();
  const auto key = from_hex(row.key), data = from_hex(row.data);
  EXPECT_EQ(hex(hmac_sha256(key, data)), row.mac);
  for (std::size_t at = 0; at <= data.size(); ++at) {
    EXPECT_EQ(hex(hmac_sha256(key, Bytes(data).first(at), Bytes(data).subspan(at))), row.mac);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Hmac,
    testing::Values(
        HmacRow{"1", "0b*20", "4869205468657265",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        HmacRow{"2", "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        HmacRow{"3", "aa*20", "dd*50",
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        HmacRow{"6_key_above_a_block", "aa*131",
                "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d204"
                "8617368204b6579204669727374",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"}),
    [](const auto& row) { return std::string("case_") + row.param.name; });

// RFC 5869, test cases 1 and 3: the first 32 bytes.
TEST(Hkdf, IsThatOfRfc5869) {
  EXPECT_EQ(hex(hkdf_sha256(from_hex("0b*22"), from_hex("000102030405060708090a0b0c"),
                            from_hex("f0f1f2f3f4f5f6f7f8f9"))),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  EXPECT_EQ(hex(hkdf_sha256(from_hex("0b*22"), {}, {})),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

// RFC 7914 section 11 (the first 32 bytes), and the device scalar of spec/esp32.md 7.5.
TEST(Pbkdf2, IsThatOfItsVectors) {
  EXPECT_EQ(hex(pbkdf2_sha256(as_bytes("passwd"), as_bytes("salt"), 1)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
  EXPECT_EQ(
      hex(pbkdf2_sha256(
          from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
          from_hex("0e2160642dae76d33448e43d7720123d9f3b1eceb88e573a4e8f7fb94ff0c869"), 2048)),
      "d3262c9437bc914a8f394a3fe8f5da535b5a4785bd3bdc45e9a4732338b4b471");
}

struct Unit final : HmacUnit {
  bool mac(Bytes data, Bytes more, Secret<32>& out) override {
    if (works-- <= 0) return false;
    out = hmac_sha256(from_hex("70617373776f7264"), data, more);
    return true;
  }
  int works = 1000;
};

TEST(Pbkdf2, IsTheSameWhereOnlyAUnitHasTheKey) {
  const auto key = from_hex("70617373776f7264"), salt = from_hex("5a*60");
  for (const std::uint32_t iterations : {1u, 2u, 100u}) {
    Unit unit;
    Secret<32> made;
    ASSERT_TRUE(pbkdf2_sha256(unit, salt, iterations, made));
    EXPECT_EQ(hex(made), hex(pbkdf2_sha256(key, salt, iterations)));
  }
}

TEST(Pbkdf2, IsNothingWhereTheUnitFails) {
  for (int works = 0; works < 3; ++works) {
    Unit unit;
    unit.works = works;
    Secret<32> made;
    EXPECT_FALSE(pbkdf2_sha256(unit, from_hex("5a"), 3, made)) << works;
    EXPECT_EQ(hex(made), to_hex(from_hex("00*32")));
  }
}

}  // namespace
}  // namespace updraft::crypto
