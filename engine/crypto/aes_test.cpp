#include "engine/crypto/aes.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace updraft::crypto {
namespace {

using Buffer = std::vector<std::byte>;

// protocols/raw/SPEC.md section 4.4.
struct Vector {
  const char* name;
  AesMode mode;
  const char* key;
  const char* iv;
  const char* cipher_text;
};

constexpr const char* kPlainText =
    "e90102204142434445464748494a4b4c4d4e4f505152535455565758595a6162";

class Aes : public testing::TestWithParam<Vector> {
 protected:
  Aes256 chain(AesDirection direction) const {
    return Aes256(GetParam().mode, direction, Secret<32>(as_bytes(GetParam().key)),
                  Secret<16>(as_bytes(GetParam().iv)));
  }
  const Buffer plain = golden::from_hex(kPlainText);
  const Buffer cipher = golden::from_hex(GetParam().cipher_text);
};

TEST_P(Aes, Encrypts) {
  Buffer out(plain.size());
  chain(AesDirection::encrypt).process(plain, out);
  EXPECT_EQ(golden::to_hex(out), GetParam().cipher_text);
}

TEST_P(Aes, Decrypts) {
  Buffer out(cipher.size());
  chain(AesDirection::decrypt).process(cipher, out);
  EXPECT_EQ(golden::to_hex(out), kPlainText);
}

TEST_P(Aes, WorksInPlace) {
  Buffer bytes = cipher;
  chain(AesDirection::decrypt).process(bytes, bytes);
  EXPECT_EQ(bytes, plain);
  chain(AesDirection::encrypt).process(bytes, bytes);
  EXPECT_EQ(bytes, cipher);
}

TEST_P(Aes, GoesOnFromBlockToBlock) {
  Aes256 decrypt = chain(AesDirection::decrypt);
  Buffer out(cipher.size());
  for (std::size_t at = 0; at < cipher.size(); at += kAesBlock) {
    decrypt.process(Bytes(cipher).subspan(at, kAesBlock), MutableBytes(out).subspan(at, kAesBlock));
  }
  EXPECT_EQ(out, plain);
}

TEST_P(Aes, GivesEachBlockAtOnce) {
  Aes256 decrypt = chain(AesDirection::decrypt);
  Buffer out(kAesBlock);
  decrypt.process(Bytes(cipher).first(kAesBlock), out);
  EXPECT_TRUE(std::ranges::equal(out, Bytes(plain).first(kAesBlock)));
}

TEST_P(Aes, ResetGoesBackToTheStartOfTheChain) {
  for (const auto direction : {AesDirection::encrypt, AesDirection::decrypt}) {
    Aes256 aes = chain(direction);
    const Buffer& in = direction == AesDirection::encrypt ? plain : cipher;
    const Buffer& expected = direction == AesDirection::encrypt ? cipher : plain;
    Buffer out(in.size());
    aes.process(Bytes(in).first(kAesBlock), out);
    aes.reset();
    aes.process(in, out);
    EXPECT_EQ(out, expected);
    aes.reset();
    aes.process(in, out);
    EXPECT_EQ(out, expected);
  }
}

TEST_P(Aes, NothingInNothingOut) {
  Buffer none;
  Aes256 decrypt = chain(AesDirection::decrypt);
  decrypt.process(none, none);
  Buffer out(cipher.size());
  decrypt.process(cipher, out);
  EXPECT_EQ(out, plain);
}

INSTANTIATE_TEST_SUITE_P(
    Vectors, Aes,
    testing::Values(Vector{"Cbc", AesMode::cbc, "12345678901234567890123456789012",
                           "0123456789012345",
                           "b10f86836b9fbd49ba39a0b5774b3fd6306487b0913ca24c68839ce294110e79"},
                    Vector{"EcbShortKeyFilledWithZeros", AesMode::ecb, "1234567890", "",
                           "253c87b7c8ad5e44741dfb29e471bc5d076406d7f0b59904482fa2311f8029b1"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(AesCbc, EncryptsThePaddingBlockOfTheThirdVector) {
  Aes256 aes(AesMode::cbc, AesDirection::encrypt,
             Secret<32>(as_bytes("12345678901234567890123456789012")),
             Secret<16>(as_bytes("0123456789012345")));
  Buffer bytes = golden::from_hex(kPlainText);
  bytes.resize(bytes.size() + kAesBlock, std::byte{16});
  aes.process(bytes, bytes);
  EXPECT_EQ(golden::to_hex(Bytes(bytes).last(kAesBlock)), "ca22e9209972a55d767992c65244e09e");
}

}  // namespace
}  // namespace updraft::crypto
