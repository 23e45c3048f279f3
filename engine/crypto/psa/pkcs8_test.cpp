#include "engine/crypto/psa/pkcs8.hpp"

#include <gtest/gtest.h>

#include "tests/golden/test_keys.hpp"

namespace updraft::crypto {
namespace {

TEST(InsidePkcs8, IsThePkcs1Key) {
  EXPECT_TRUE(std::ranges::equal(inside_pkcs8(golden::rsa_key_in_pkcs8()), golden::rsa_key()));
}

TEST(InsidePkcs8, AnythingElseStaysAsItIs) {
  const auto whole = golden::rsa_key_in_pkcs8(), pkcs1 = golden::rsa_key();
  EXPECT_TRUE(std::ranges::equal(inside_pkcs8(pkcs1), pkcs1));
  EXPECT_TRUE(std::ranges::equal(inside_pkcs8(as_bytes("-----BEGIN PRIVATE KEY-----")),
                                 as_bytes("-----BEGIN PRIVATE KEY-----")));
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const Bytes part = Bytes(whole).first(cut);
    ASSERT_EQ(inside_pkcs8(part).size(), cut) << "no length leads past the end";
  }
  for (std::size_t at = 0; at < 30; ++at) {
    for (int value = 0; value < 256; ++value) {
      auto other = whole;
      other[at] = static_cast<std::byte>(value);
      const Bytes inside = inside_pkcs8(other);
      ASSERT_TRUE(inside.data() >= other.data() &&
                  inside.data() + inside.size() <= other.data() + other.size());
    }
  }
}

}  // namespace
}  // namespace updraft::crypto
