#include "engine/crypto/chacha_poly.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace updraft::crypto {
namespace {

// RFC 8439 section 2.8.2.
struct Rfc {
  Secret<32> key{
      Bytes(golden::from_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"))};
  std::vector<std::byte> nonce = golden::from_hex("070000004041424344454647");
  std::vector<std::byte> ad = golden::from_hex("50515253c0c1c2c3c4c5c6c7");
  std::string text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
      "sunscreen would be it.";
  std::vector<std::byte> sealed = golden::from_hex(
      "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92"
      "728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b"
      "4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691");
};

TEST(ChaChaPolyTest, IsThatOfTheRfc) {
  const Rfc rfc;
  std::vector<std::byte> out(rfc.text.size() + kChaChaTagBytes);
  chacha_poly_seal(rfc.key, rfc.nonce, rfc.ad, as_bytes(rfc.text), out);
  EXPECT_EQ(golden::to_hex(out), golden::to_hex(rfc.sealed));
  std::vector<std::byte> plain(rfc.text.size());
  ASSERT_TRUE(chacha_poly_open(rfc.key, rfc.nonce, rfc.ad, rfc.sealed, plain));
  EXPECT_EQ(as_text(plain), rfc.text);
}

TEST(ChaChaPolyTest, WorksInPlace) {
  const Rfc rfc;
  std::vector<std::byte> room(rfc.text.size() + kChaChaTagBytes);
  std::ranges::copy(as_bytes(rfc.text), room.begin());
  chacha_poly_seal(rfc.key, rfc.nonce, rfc.ad, Bytes(room).first(rfc.text.size()), room);
  EXPECT_EQ(golden::to_hex(room), golden::to_hex(rfc.sealed));
  ASSERT_TRUE(chacha_poly_open(rfc.key, rfc.nonce, rfc.ad, room,
                               MutableBytes(room).first(rfc.text.size())));
  EXPECT_EQ(as_text(Bytes(room).first(rfc.text.size())), rfc.text);
}

TEST(ChaChaPolyTest, AnyChangedBitIsFound) {
  const Rfc rfc;
  std::vector<std::byte> plain(rfc.text.size());
  for (std::size_t at = 0; at < rfc.sealed.size(); ++at) {
    std::vector<std::byte> changed = rfc.sealed;
    changed[at] ^= std::byte{0x10};
    EXPECT_FALSE(chacha_poly_open(rfc.key, rfc.nonce, rfc.ad, changed, plain)) << at;
  }
  EXPECT_FALSE(chacha_poly_open(rfc.key, rfc.nonce, {}, rfc.sealed, plain));
  EXPECT_FALSE(chacha_poly_open(Secret<32>(), rfc.nonce, rfc.ad, rfc.sealed, plain));
  EXPECT_FALSE(chacha_poly_open(rfc.key, rfc.nonce, rfc.ad, Bytes(rfc.sealed).first(15), {}));
}

// A handshake's messages are tags and nothing else.
TEST(ChaChaPolyTest, AnEmptyMessageIsATag) {
  const Rfc rfc;
  std::vector<std::byte> tag(kChaChaTagBytes);
  chacha_poly_seal(rfc.key, rfc.nonce, rfc.ad, {}, tag);
  EXPECT_TRUE(chacha_poly_open(rfc.key, rfc.nonce, rfc.ad, tag, {}));
  tag[0] ^= std::byte{1};
  EXPECT_FALSE(chacha_poly_open(rfc.key, rfc.nonce, rfc.ad, tag, {}));
}

}  // namespace
}  // namespace updraft::crypto
