// The connection is cut at every byte of a 64 KiB image: the choice of slot and the running slot
// stay as they are, nothing else is started, and the next attempt works.
#include <gtest/gtest.h>

#include "updraft/crypto/aes.hpp"

#include "tests/powerloss/rig.hpp"

namespace updraft::powerloss {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kStep = 61;
#else
constexpr std::size_t kStep = 1;
#endif
constexpr std::size_t kImageBytes = 64 * 1024;
constexpr std::size_t kBootEvery = 4096;      // cuts after which the device is really booted again
constexpr std::size_t kUpdateSlot = 0x40000;  // of kTwoSlots; everything below must not change

Image seal(const Image& image, const link::RawCipher& cipher) {
  crypto::Aes256 aes(cipher.mode, crypto::AesDirection::encrypt, cipher.key, cipher.iv);
  Image sealed(image.size());
  aes.process(image, sealed);
  return sealed;
}

void cut_everywhere(const link::RawCipher* cipher) {
  const Image next = make_image("2.0.0", kImageBytes);
  const Image stream = cipher != nullptr ? seal(next, *cipher) : next;
  Rig rig(kTwoSlots, make_image("1.0.0", kImageBytes), nullptr);
  ASSERT_TRUE(rig.power_on());
  const Image before(rig.cells().begin(), rig.cells().begin() + kUpdateSlot);
  std::size_t cuts = 0;
  for (std::size_t at = 0; at < stream.size(); at += kStep, ++cuts) {
    ASSERT_NE(rig.push(Bytes(stream).first(at), cipher), "ok") << "cut at byte " << at;
    ASSERT_EQ(rig.device().updater().state(), UpdateState::idle);
    ASSERT_TRUE(std::equal(before.begin(), before.end(), rig.cells().begin())) << at;
    if (cuts % kBootEvery != 0) continue;
    ASSERT_TRUE(rig.power_on());
    ASSERT_EQ(rig.running(), "1.0.0");
  }
  ASSERT_EQ(rig.push(stream, cipher), "ok");
  ASSERT_TRUE(rig.power_on());
  EXPECT_EQ(rig.running(), "2.0.0");
  std::printf("connection cuts tried: %zu\n", cuts);
}

TEST(ConnectionCut, PlainAtEveryByte) { cut_everywhere(nullptr); }

TEST(ConnectionCut, CbcAtEveryByte) {
  const auto cipher = link::raw_cipher(crypto::AesMode::cbc, "12345678901234567890123456789012",
                                       "0123456789012345");
  ASSERT_TRUE(cipher.has_value());
  cut_everywhere(&*cipher);
}

TEST(ConnectionCut, EcbAtEveryByte) {
  const auto cipher = link::raw_cipher(crypto::AesMode::ecb, "1234567890");
  ASSERT_TRUE(cipher.has_value());
  cut_everywhere(&*cipher);
}

}  // namespace
}  // namespace updraft::powerloss
