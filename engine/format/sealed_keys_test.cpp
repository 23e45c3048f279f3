#include "engine/format/sealed_keys.hpp"

#include <gtest/gtest.h>

#include "tests/golden/test_keys.hpp"

namespace updraft::format {
namespace {

class SealedKeysTest : public testing::Test {
 protected:
  std::string content_key(SealedKeys& held, Bytes container) {
    const auto key = held.content_key(*parse_sealed_header(container, 1 << 20));
    return key ? golden::to_hex(key->reveal()) : std::string(updraft::name(key.error().code));
  }
  const std::vector<std::byte> vector = golden::bytes("sealed_image_ecies");
  SealedKeys keys;
};

TEST_F(SealedKeysTest, TheVectorsHmacKeyGivesItsContentKey) {
  ASSERT_TRUE(keys.add_ecies(ecies_scalar(golden::hmac_key())));
  EXPECT_EQ(content_key(keys, vector),
            "c1b5e7829c13367e9dc62a661bcdd8869d8ea5dcfdcf8a6581c58d7733f7fe24");
}

TEST_F(SealedKeysTest, TellWhatTheyAre) {
  EXPECT_EQ(keys.held(), "none");
  EXPECT_FALSE(keys.any());
  ASSERT_TRUE(keys.add_ecies(golden::ecies_scalar()));
  EXPECT_EQ(keys.held(), "ecies");
  EXPECT_TRUE(keys.has(Seal::ecies));
  EXPECT_FALSE(keys.has(Seal::rsa));
  ASSERT_TRUE(keys.add_rsa(golden::rsa_key()));
  EXPECT_EQ(keys.held(), "both");
  SealedKeys rsa;
  ASSERT_TRUE(rsa.add_rsa(golden::rsa_key()));
  EXPECT_EQ(rsa.held(), "rsa");
}

TEST_F(SealedKeysTest, AKeyThatIsNotThereIsAWrongKey) {
  const auto rsa = golden::sealed(as_bytes("content"), Seal::rsa);
  EXPECT_EQ(content_key(keys, vector), "wrong_key");
  EXPECT_EQ(content_key(keys, rsa), "wrong_key");
  ASSERT_TRUE(keys.add_rsa(golden::rsa_key()));
  EXPECT_EQ(content_key(keys, vector), "wrong_key");
}

TEST_F(SealedKeysTest, APointOffTheCurveIsMalformed) {
  ASSERT_TRUE(keys.add_ecies(golden::ecies_scalar()));
  auto off = vector;
  off[10] ^= std::byte{1};
  EXPECT_EQ(content_key(keys, off), "malformed");
}

}  // namespace
}  // namespace updraft::format
