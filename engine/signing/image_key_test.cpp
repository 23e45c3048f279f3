// Images of Secure Boot v2 on a device whose KeySet pins their keys (spec/suit.md section 9).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/signing/test_signed_bench.hpp"
#include "tests/golden/suit_vectors.hpp"

namespace updraft {
namespace {

Buffer image_file(const std::string& name) {
  const std::string content = golden::text("sbv2/" + name);
  const Bytes raw = as_bytes(content);
  return {raw.begin(), raw.end()};
}

class PinnedKeys : public testing::Test, protected SignedBench {
 protected:
  PinnedKeys() { start(golden::suit_file("k01-keyset-1.hex")); }
};

TEST_F(PinnedKeys, TakeTheImagesThatTheySigned) {
  for (const char* name :
       {"demo-1.2.3-ecdsa.bin", "demo-1.2.3-rsa3072.bin", "demo-1.2.3-rsa3072-second.bin"}) {
    SCOPED_TRACE(name);
    SignedBench bench;
    bench.start(golden::suit_file("k01-keyset-1.hex"));
    EXPECT_EQ(bench.send(image_file(name)), "ok");
    EXPECT_EQ(bench.log.trust, Trust::signed_image);
    EXPECT_EQ(bench.boot.selected, 1);
  }
}

TEST_F(PinnedKeys, TakeNoOthers) {
  const Buffer good = image_file("demo-1.2.3-rsa3072.bin");
  Buffer signature = good, content = good, cut = good;
  signature[good.size() - 4096 + 900] ^= std::byte{1};
  cut.resize(good.size() - 4096);
  EXPECT_EQ(send(signature), "unsigned") << "the CRC of its only block is wrong";
  EXPECT_EQ(send(cut), "unsigned");
  EXPECT_EQ(send(demo_image("2.0.0")), "unsigned");
  content[good.size() - 5000] ^= std::byte{1};  // in the gap before the sector
  EXPECT_EQ(send(content), "signature_invalid");
  EXPECT_FALSE(boot.selected);
  EXPECT_EQ(send(good), "ok");
}

TEST_F(PinnedKeys, TakeNoImageOfAnotherProject) {
  const Buffer other = sim::make_image({.project = "other"});
  std::ranges::copy(other, boot.slots[0].bytes.begin());
  EXPECT_EQ(send(image_file("demo-1.2.3-ecdsa.bin")), "wrong_product");
  EXPECT_FALSE(boot.selected);
}

TEST_F(PinnedKeys, AreThoseOfTheKeySetThatHolds) {
  SignedBench bench;
  bench.start(desk.key_set(1, desk.release_key));  // pins none
  EXPECT_EQ(bench.send(image_file("demo-1.2.3-ecdsa.bin")), "unsigned");
  EXPECT_TRUE(bench.untouched());
}

// A package that was sealed but not chosen is not what is waited for any more.
TEST_F(PinnedKeys, AnImageEndsTheWaitForAPackage) {
  SignedBench bench;
  bench.start(golden::suit_file("k01-keyset-1.hex"));
  SigningMemory kept(bench.signing_flash);
  kept.open(bench.room.chunk);
  ASSERT_TRUE(kept.wait_for({.sequence = 9}, bench.room.chunk).has_value());
  ASSERT_TRUE(bench.signing->open({}).has_value());
  EXPECT_EQ(bench.send(image_file("demo-1.2.3-ecdsa.bin")), "ok");
  EXPECT_EQ(bench.signing->pending(), std::nullopt);
}

}  // namespace
}  // namespace updraft
