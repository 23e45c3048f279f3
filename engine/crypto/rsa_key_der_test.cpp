#include "engine/crypto/rsa_key_der.hpp"

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

TEST(RsaNumbers, AreThoseOfTheKey) {
  const auto key = golden::rsa_key();
  const std::optional<RsaNumbers> numbers = rsa_numbers(key);
  ASSERT_TRUE(numbers);
  EXPECT_EQ(numbers->modulus.size(), 384U);
  EXPECT_EQ(golden::to_hex(numbers->public_exponent), "010001");
  EXPECT_LE(numbers->private_exponent.size(), 384U);
  EXPECT_EQ(numbers->prime1.size(), 192U);
  EXPECT_EQ(numbers->prime2.size(), 192U);
}

TEST(RsaNumbers, AnyByteMayBeWrong) {
  const auto key = golden::rsa_key(), wrapped = golden::rsa_key_in_pkcs8();
  EXPECT_FALSE(rsa_numbers(wrapped)) << "that is not PKCS#1";
  for (std::size_t cut = 0; cut < key.size(); ++cut) {
    ASSERT_FALSE(rsa_numbers(Bytes(key).first(cut))) << cut;
  }
  for (std::size_t at = 0; at < 12; ++at) {
    for (int value = 0; value < 256; ++value) {
      auto other = key;
      other[at] = static_cast<std::byte>(value);
      const std::optional<RsaNumbers> numbers = rsa_numbers(other);
      if (!numbers) continue;
      ASSERT_TRUE(numbers->modulus.data() >= other.data() &&
                  numbers->prime2.data() + numbers->prime2.size() <= other.data() + other.size());
    }
  }
}

}  // namespace
}  // namespace updraft::crypto
