#include "engine/crypto/secret.hpp"

#include <concepts>
#include <new>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

namespace updraft::crypto {
namespace {

TEST(CtEqual, OnlyTheSameBytesAreEqual) {
  const std::string secret = "0123456789abcdef";
  EXPECT_TRUE(ct_equal(as_bytes(secret), as_bytes(secret)));
  for (std::size_t i = 0; i < secret.size(); ++i) {
    std::string other = secret;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_FALSE(ct_equal(as_bytes(secret), as_bytes(other))) << i;
  }
}

TEST(CtEqual, AnotherLengthIsUnequalWhicheverIsShorter) {
  EXPECT_FALSE(ct_equal(as_bytes("secret"), as_bytes("secre")));
  EXPECT_FALSE(ct_equal(as_bytes("secret"), as_bytes("secrets")));
  EXPECT_FALSE(ct_equal(as_bytes("secret"), {}));
  EXPECT_FALSE(ct_equal({}, as_bytes("secret")));
}

TEST(CtEqual, TwoEmptyOnesAreEqual) { EXPECT_TRUE(ct_equal({}, {})); }

TEST(Wipe, LeavesZeros) {
  std::array bytes{std::byte{1}, std::byte{2}, std::byte{3}};
  wipe(MutableBytes(bytes).first(2));
  EXPECT_EQ(bytes, (std::array{std::byte{0}, std::byte{0}, std::byte{3}}));
}

TEST(Secret, HoldsItsBytesFilledUpOrCut) {
  EXPECT_TRUE(ct_equal(Secret<4>(as_bytes("ab")).reveal(), as_bytes(std::string("ab\0\0", 4))));
  EXPECT_TRUE(ct_equal(Secret<4>(as_bytes("abcdef")).reveal(), as_bytes("abcd")));
  EXPECT_TRUE(ct_equal(Secret<2>().reveal(), as_bytes(std::string(2, '\0'))));
}

TEST(Secret, IsWipedWhenItGoes) {
  alignas(Secret<16>) std::array<std::byte, sizeof(Secret<16>)> place{};
  auto* secret = new (place.data()) Secret<16>(as_bytes("0123456789abcdef"));
  EXPECT_TRUE(ct_equal(secret->reveal(), as_bytes("0123456789abcdef")));
  secret->~Secret();
  for (const std::byte b : place) EXPECT_EQ(b, std::byte{0});
}

template <class T>
concept Comparable = requires(const T& a) { a == a; };
template <class T>
concept Printable = requires(std::ostream& out, const T& a) { out << a; };

TEST(Secret, CanBeNeitherComparedNorPrinted) {
  static_assert(!Comparable<Secret<32>>);
  static_assert(!Printable<Secret<32>>);
}

}  // namespace
}  // namespace updraft::crypto
