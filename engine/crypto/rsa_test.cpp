#include "engine/crypto/rsa.hpp"

#include <set>

#include <gtest/gtest.h>

#include "engine/crypto/pkcs1.hpp"
#include "tests/golden/test_keys.hpp"

namespace updraft::crypto {
namespace {

using Buffer = std::vector<std::byte>;
using golden::to_hex;

Secret<32> secret(int fill) {
  const Buffer bytes(32, static_cast<std::byte>(fill));
  return Secret<32>{Bytes(bytes)};
}

// 00 02, as many bytes as it takes that are not 0, 00, the key.
Buffer block_with(const Secret<32>& key) {
  Buffer block(kRsaBytes, std::byte{0x5A});
  block[0] = std::byte{0};
  block[1] = std::byte{2};
  block[kRsaBytes - 33] = std::byte{0};
  std::ranges::copy(key.reveal(), block.end() - 32);
  return block;
}

TEST(UnpadKey, TakesTheKeyOutOfARightBlock) {
  EXPECT_TRUE(ct_equal(unpad_key(block_with(secret(7)), secret(9)).reveal(), secret(7).reveal()));
  EXPECT_TRUE(ct_equal(unpad_key(block_with(secret(0)), secret(9)).reveal(), secret(0).reveal()));
}

TEST(UnpadKey, GivesTheOtherKeyForEveryWrongByteOfThePadding) {
  const Buffer right = block_with(secret(7));
  for (std::size_t at = 0; at < kRsaBytes - 32; ++at) {
    for (const int value : {0, 1, 2, 3, 0x80, 0xFF}) {
      Buffer wrong = right;
      wrong[at] = static_cast<std::byte>(value);
      const bool filler = at >= 2 && at + 33 < kRsaBytes;
      const bool still_right = wrong == right || (filler && value != 0);
      const Secret<32> key = unpad_key(wrong, secret(9));
      ASSERT_TRUE(ct_equal(key.reveal(), secret(still_right ? 7 : 9).reveal())) << at;
    }
  }
}

class Rsa : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(key.load(golden::rsa_key())); }
  std::string unwrap(Bytes wrapped) { return to_hex(key.unwrap(wrapped).reveal()); }

  // What the sender encrypts, padded by OpenSSL, and that as a raw number.
  Buffer raw_encrypt(Bytes block, int padding) {
    const Buffer der = golden::rsa_key();
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    EVP_PKEY* const pkey = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size()));
    EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(pkey, nullptr);
    EVP_PKEY_encrypt_init(context);
    EVP_PKEY_CTX_set_rsa_padding(context, padding);
    Buffer out(kRsaBytes);
    std::size_t size = out.size();
    EXPECT_EQ(EVP_PKEY_encrypt(context, reinterpret_cast<unsigned char*>(out.data()), &size,
                               reinterpret_cast<const unsigned char*>(block.data()), block.size()),
              1);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(pkey);
    return out;
  }
  RsaPrivateKey key;
};

TEST_F(Rsa, UnwrapsWhatItsPublicKeyWrapped) {
  const Buffer content_key = golden::from_hex("00*31 2a");
  EXPECT_EQ(unwrap(raw_encrypt(content_key, RSA_PKCS1_PADDING)), to_hex(content_key));
}

TEST_F(Rsa, ItIsTheSameKeyInPkcs8) {
  const Buffer content_key = golden::from_hex("00*31 2a");
  const Buffer wrapped = raw_encrypt(content_key, RSA_PKCS1_PADDING);
  ASSERT_TRUE(key.load(golden::rsa_key_in_pkcs8()));
  EXPECT_EQ(unwrap(wrapped), to_hex(content_key));
}

// Bleichenbacher: neither an error nor a repeated answer shows whether a padding was right.
TEST_F(Rsa, WhatDoesNotUnwrapIsAKeyAllTheSame) {
  Buffer short_key = block_with(secret(7)), no_padding = short_key;
  short_key[kRsaBytes - 40] = std::byte{0};  // a right padding, around a key of 39 bytes
  no_padding[1] = std::byte{1};
  std::set<std::string> keys;
  for (const Buffer& wrapped :
       {raw_encrypt(short_key, RSA_NO_PADDING), raw_encrypt(no_padding, RSA_NO_PADDING),
        raw_encrypt(Buffer(31, std::byte{1}), RSA_PKCS1_PADDING), Buffer(kRsaBytes),
        Buffer(kRsaBytes, std::byte{0xFF}), Buffer(kRsaBytes, std::byte{0x42})}) {
    EXPECT_TRUE(keys.insert(unwrap(wrapped)).second) << "each has its own";
    EXPECT_EQ(keys.count(unwrap(wrapped)), 1u) << "and always the same";
  }
}

TEST_F(Rsa, TheOtherKeysAreOfThisPrivateKeyOnly) {
  RsaPrivateKey other;
  ASSERT_TRUE(other.load(golden::other_rsa_key()));
  const Buffer wrapped(kRsaBytes, std::byte{0xFF});
  EXPECT_NE(unwrap(wrapped), to_hex(other.unwrap(wrapped).reveal()));
}

TEST(RsaLoad, TakesPrivateKeysOf3072BitsOnly) {
  RsaPrivateKey key;
  EXPECT_FALSE(key.load({}));
  EXPECT_FALSE(key.load(as_bytes("0 a key")));
  EXPECT_FALSE(key.load(golden::private_key_der("test_rsa_2048_key.pem")));
  EXPECT_FALSE(key.load(sim::seal_for(golden::rsa_key())->key)) << "a public key";
  EXPECT_FALSE(key.loaded());
  EXPECT_TRUE(key.load(golden::rsa_key()));
  EXPECT_FALSE(key.load({})) << "and the earlier one stays";
  EXPECT_TRUE(key.loaded());
  EXPECT_TRUE(key.load(golden::other_rsa_key()));
}

}  // namespace
}  // namespace updraft::crypto
