#include "engine/crypto/gcm.hpp"

#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace updraft::crypto {
namespace {

using golden::from_hex;

class Gcm : public testing::Test {
 protected:
  // Whether the tag is right; `out` is what came before it.
  bool decrypt(Bytes in, Bytes its_tag, std::size_t step) {
    out.assign(in.begin(), in.end());
    gcm.start(key, iv);
    for (std::size_t at = 0; at < out.size(); at += step) {
      const MutableBytes part = MutableBytes(out).subspan(at, std::min(step, out.size() - at));
      gcm.process(part, part);
    }
    return gcm.verify(its_tag);
  }
  // spec/esp32.md 7.5, whose content is that of 7.3.
  const Secret<32> key{
      Bytes(from_hex("c1b5e7829c13367e9dc62a661bcdd8869d8ea5dcfdcf8a6581c58d7733f7fe24"))};
  const std::vector<std::byte> iv = from_hex("808182838485868788898a8b8c8d8e8f");
  const std::vector<std::byte> tag = from_hex("4a953af633cd1299dc69bade3eab8de1");
  const std::vector<std::byte> plain = golden::bytes("minimal_image_esp32c3");
  std::vector<std::byte> sealed = golden::bytes("sealed_image_ecies");
  const Bytes cipher = Bytes(sealed).subspan(512);
  Gcm256Decryptor gcm;
  std::vector<std::byte> out;
};

TEST_F(Gcm, DecryptsTheVectorInAnyPieces) {
  for (const std::size_t step : {16, 48, 336}) {
    EXPECT_TRUE(decrypt(cipher, tag, step));
    EXPECT_TRUE(out == plain);
  }
}

TEST_F(Gcm, NoticesEveryFlippedBitOfTheTag) {
  for (std::size_t bit = 0; bit < tag.size() * 8; ++bit) {
    auto wrong = tag;
    wrong[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    EXPECT_FALSE(decrypt(cipher, wrong, 16)) << bit;
  }
  EXPECT_FALSE(decrypt(cipher, {}, 16));
  EXPECT_TRUE(decrypt(cipher, tag, 16)) << "and starts over";
}

TEST_F(Gcm, NoticesEveryChangedByteOfTheContent) {
  for (std::size_t at = 0; at < cipher.size(); ++at) {
    auto wrong = std::vector<std::byte>(cipher.begin(), cipher.end());
    wrong[at] ^= std::byte{0x10};
    ASSERT_FALSE(decrypt(wrong, tag, 16)) << at;
  }
  EXPECT_FALSE(decrypt(cipher.first(335), tag, 16));
}

}  // namespace
}  // namespace updraft::crypto
