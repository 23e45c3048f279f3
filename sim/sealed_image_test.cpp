#include "sim/sealed_image.hpp"

#include <gtest/gtest.h>

#include "engine/crypto/digest.hpp"
#include "tests/golden/test_keys.hpp"

namespace updraft::sim {
namespace {

using format::Seal;

// What spec/esp32.md 7.5 says was random.
void of_the_vector(MutableBytes out) {
  static int asked = 0;
  constexpr std::string_view kServer = "server vector key";
  constexpr int kSalt = 0x40, kIv = 0x80;
  if (asked % 3 == 0) {
    std::ranges::copy(crypto::sha256(as_bytes(kServer)), out.begin());
  } else {
    const int first = asked % 3 == 1 ? kSalt : kIv;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(first + int(i));
  }
  ++asked;
}

TEST(SealedImage, IsTheVector) {
  const auto image = golden::bytes("minimal_image_esp32c3");
  const auto sealed = seal_image(image, golden::seal_for(Seal::ecies), of_the_vector);
  EXPECT_EQ(golden::to_hex(crypto::sha256(sealed)),
            "2aedf0d9b5939d7e02c9b57490ee316d2640292299bae79b33c5d4149b02c549");
  EXPECT_EQ(golden::to_hex(sealed), golden::to_hex(golden::bytes("sealed_image_ecies")));
}

TEST(SealedImage, IsNeverTheSameTwice) {
  const auto content = golden::bytes("minimal_image_esp32c3");
  for (const Seal scheme : {Seal::rsa, Seal::ecies}) {
    EXPECT_NE(golden::sealed(content, scheme), golden::sealed(content, scheme));
  }
}

TEST(SealFor, TakesTheTwoKindsOfKeys) {
  EXPECT_EQ(seal_for(golden::rsa_key())->scheme, Seal::rsa);
  EXPECT_EQ(seal_for(seal_for(golden::rsa_key())->key)->key, seal_for(golden::rsa_key())->key)
      << "a private key stands for its public one";
  EXPECT_EQ(golden::to_hex(golden::seal_for(Seal::ecies).key),
            "b4cd4644bb80dd7710a492e6bb986f785fe2ec1267b8d52328110c1e81a6eff0"
            "dcf55c0f46950c2444196cea7ae152db76dd51204c697c406e4585a86ae1ac89");
}

TEST(SealFor, TakesNothingElse) {
  EXPECT_FALSE(seal_for(golden::private_key_der("test_rsa_2048_key.pem")).has_value());
  EXPECT_FALSE(seal_for(as_bytes("a key")).has_value());
  EXPECT_FALSE(seal_for({}).has_value());
  EXPECT_FALSE(seal_for_scalar({}).has_value()) << "0 is no key";
}

}  // namespace
}  // namespace updraft::sim
