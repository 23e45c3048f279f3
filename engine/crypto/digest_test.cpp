#include "engine/crypto/digest.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace updraft::crypto {
namespace {

constexpr const char* kSha256OfAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, MatchesPublishedVectors) {
  EXPECT_EQ(golden::to_hex(sha256({})),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(golden::to_hex(sha256(as_bytes("abc"))), kSha256OfAbc);
  EXPECT_EQ(
      golden::to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(golden::to_hex(sha256(as_bytes(std::string(1'000'000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesGiveTheSameDigest) {
  const std::string text(300, 'x');
  for (std::size_t split = 0; split <= text.size(); ++split) {
    Sha256 hasher;
    hasher.update(as_bytes(text).first(split));
    hasher.update({});
    hasher.update(as_bytes(text).subspan(split));
    ASSERT_EQ(hasher.finish(), sha256(as_bytes(text))) << split;
  }
}

TEST(Sha256, ResetStartsOverInTheMiddleAndAfterTheEnd) {
  Sha256 hasher;
  hasher.update(as_bytes("something else"));
  hasher.reset();
  hasher.update(as_bytes("abc"));
  EXPECT_EQ(golden::to_hex(hasher.finish()), kSha256OfAbc);
  hasher.reset();
  hasher.update(as_bytes("abc"));
  EXPECT_EQ(golden::to_hex(hasher.finish()), kSha256OfAbc);
}

}  // namespace
}  // namespace updraft::crypto
