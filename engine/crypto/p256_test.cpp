#include "engine/crypto/p256.hpp"

#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace updraft::crypto {
namespace {

using golden::from_hex;

// spec/esp32.md 7.5
constexpr const char* kDevice = "d3262c9437bc914a8f394a3fe8f5da535b5a4785bd3bdc45e9a4732338b4b471";
constexpr const char* kServerPoint =
    "1cf4bfebb3d73c66711647c193dcef1aae2736f0087192578ef0e8295492f7f5"
    "817687bd5c94587f42d7c4333b6c7ed0c32a60bfed214f1213d228227c395352";
constexpr const char* kShared = "a00a8609eaa5c02aa4486e6e47818a1a12cd74b7102b8772accac06797e586b4";

Secret<32> scalar(const char* hex) { return Secret<32>{Bytes(from_hex(hex))}; }

TEST(P256, AgreesOnWhatTheVectorSays) {
  P256PrivateKey key;
  ASSERT_TRUE(key.load(scalar(kDevice)));
  for (int again = 0; again < 2; ++again) {
    const auto shared = key.agree(from_hex(kServerPoint));
    ASSERT_TRUE(shared.has_value());
    EXPECT_EQ(golden::to_hex(shared->reveal()), kShared);
  }
}

TEST(P256, TakesScalarsInRangeOnly) {
  P256PrivateKey key;
  EXPECT_FALSE(key.load(scalar("00*32")));
  EXPECT_FALSE(key.load(scalar("ff*32")));
  EXPECT_FALSE(key.load(scalar("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")))
      << "the order itself";
  EXPECT_FALSE(key.loaded());
  EXPECT_TRUE(key.load(scalar("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550")));
  EXPECT_TRUE(key.load(scalar("00*31 01")));
}

TEST(P256, TakesPointsOfTheCurveOnly) {
  P256PrivateKey key;
  ASSERT_TRUE(key.load(scalar(kDevice)));
  const auto point = from_hex(kServerPoint);
  for (std::size_t bit = 0; bit < point.size() * 8; ++bit) {
    auto off = point;
    off[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    ASSERT_FALSE(key.agree(off).has_value()) << bit;
  }
  EXPECT_FALSE(key.agree(from_hex("00*64")).has_value());
  EXPECT_FALSE(key.agree(from_hex("ff*64")).has_value());
  EXPECT_FALSE(key.agree(Bytes(point).first(63)).has_value());
  EXPECT_FALSE(key.agree({}).has_value());
  EXPECT_TRUE(key.agree(point).has_value()) << "and goes on";
}

}  // namespace
}  // namespace updraft::crypto
