// The pairing's line, and what TLS gets of it: the vector of spec/protocols/native.md 1.1.
#include "protocols/native/native_pairing.hpp"

#include <gtest/gtest.h>

#include "engine/core/hex.hpp"

namespace updraft::link {
namespace {

constexpr std::string_view kLine =
    "updraft-pair:1:a0b1c2d3e4f5:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

TEST(Pairing, TheVectorOfThePage) {
  const auto pairing = parse_pairing(kLine);
  ASSERT_TRUE(pairing);
  EXPECT_EQ(pairing->id.view(), "a0b1c2d3e4f5");
  for (std::size_t i = 0; i < 32; ++i) EXPECT_EQ(load_u8(pairing->secret.reveal(), i), i);
  std::array<std::byte, 32> expected;
  ASSERT_TRUE(
      read_hex("f09c0e9e6b803548905e71ed2fbc54511f53d7b9299be327a8a8cf452097df68", expected));
  EXPECT_TRUE(crypto::ct_equal(native_key(*pairing).reveal(), expected));
  std::array<char, kIdentityBytes> identity;
  EXPECT_EQ(native_identity("a0b1c2d3e4f5", identity), "updraft1:a0b1c2d3e4f5");
}

TEST(Pairing, IsWrittenAsItWasRead) {
  const auto pairing = parse_pairing("  " + std::string(kLine) + "\n");
  ASSERT_TRUE(pairing);
  std::array<char, kPairingTextBytes> room;
  EXPECT_EQ(pairing_text(*pairing, room), kLine);
  const std::string longest(kNativeIdBytes, 'x');
  const Pairing other{Text<kNativeIdBytes>(longest), PairingSecret(pairing->secret)};
  const auto again = parse_pairing(pairing_text(other, room));
  ASSERT_TRUE(again) << "the longest id fits";
  EXPECT_EQ(again->id.view(), longest);
}

TEST(Pairing, NothingElseIsOne) {
  const std::string good(kLine);
  const std::string secret = good.substr(good.rfind(':') + 1);
  for (const std::string& bad : {
           std::string(),
           good.substr(0, good.size() - 1),
           good + "A",
           std::string("updraft-pair:2:a0b1:") + secret,
           std::string("updraft-pair:1::") + secret,
           std::string("updraft-pair:1:a b:") + secret,
           std::string("updraft-pair:1:") + std::string(kNativeIdBytes + 1, 'x') + ":" + secret,
           good.substr(0, good.size() - 1) + "=",
           good.substr(0, good.size() - 1) + "9",  // bits behind the last byte
           good.substr(0, good.size() - 2) + "+8",
       }) {
    EXPECT_FALSE(parse_pairing(bad)) << bad;
  }
}

}  // namespace
}  // namespace updraft::link
