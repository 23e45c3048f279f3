// Images in pieces, cut at every byte, and with every single bit flipped.
#include <vector>

#include <gtest/gtest.h>

#include "engine/format/verify.hpp"
#include "sim/demo_image.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::format {
namespace {

using Buffer = std::vector<std::byte>;

void flip(Buffer& bytes, std::size_t bit) { bytes[bit / 8] ^= std::byte{1} << (bit % 8); }

TEST(ImageInPieces, TheBordersMeanNothing) {
  const Buffer image = sim::make_image({.size = 200 * 1024});
  const auto whole = verify(image);
  ASSERT_TRUE(whole);
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 8u, 16u, 23u, 31u, 255u, 257u, 4096u, 65535u}) {
    const auto info = verify(image, {}, piece);
    ASSERT_TRUE(info) << piece;
    EXPECT_EQ(info->digest, whole->digest) << piece;
    EXPECT_EQ(info->length, whole->length) << piece;
    EXPECT_EQ(info->app.version, whole->app.version) << piece;
  }
}

TEST(ImageInPieces, ASplitAtAnyByteMeansNothing) {
  for (const bool hash : {false, true}) {
    const Buffer image = sim::make_image({.size = 1024, .append_hash = hash});
    for (std::size_t split = 0; split <= image.size(); ++split) {
      ImageVerifier verifier;
      ASSERT_TRUE(verifier.push(Bytes(image).first(split))) << split;
      ASSERT_TRUE(verifier.push(Bytes(image).subspan(split))) << split;
      ASSERT_TRUE(verifier.finish()) << split;
    }
  }
}

TEST(CutImage, IsSeenAtEveryByte) {
  for (const bool hash : {false, true}) {
    const Buffer image = sim::make_image({.size = 1024, .append_hash = hash});
    for (std::size_t cut = 0; cut < image.size(); ++cut) {
      const auto info = verify(Bytes(image).first(cut));
      ASSERT_FALSE(info) << cut;
      const bool length_known = cut >= image.size() - (hash ? kHashBytes : 0) - 4;
      EXPECT_EQ(info.error(),
                (Error{Code::size_mismatch, Where::image, cut, length_known ? image.size() : 0}));
    }
  }
}

// Also with what comes after an image in a slot: erased flash, or an older and longer image.
TEST(FlippedBit, IsSeenEverywhereInASmallImage) {
  for (const std::size_t trailing : {0u, 1024u}) {
    for (const std::byte filler : {std::byte{0xFF}, std::byte{0}}) {
      Buffer image = sim::make_image({.size = 1024});
      const std::size_t bits = image.size() * 8;
      image.resize(image.size() + trailing, filler);
      for (std::size_t bit = 0; bit < bits; ++bit) {
        flip(image, bit);
        EXPECT_FALSE(verify(image)) << "bit " << bit << ", " << trailing << " bytes after it";
        flip(image, bit);
      }
      ASSERT_TRUE(verify(image));
    }
  }
}

TEST(FlippedBit, IsSeenInEveryHeaderAndInTheHashOfALargeImage) {
  Buffer image = sim::make_image({.size = 200 * 1024});
  std::vector<std::size_t> bytes;
  const auto add = [&bytes](std::size_t from, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) bytes.push_back(from + i);
  };
  add(0, kImageHeaderBytes);
  std::size_t at = kImageHeaderBytes;
  for (int segment = 0; segment < 4; ++segment) {
    add(at, kSegmentHeaderBytes);
    at += kSegmentHeaderBytes + parse_segment_header(Bytes(image).subspan(at)).data_len;
  }
  add(at, image.size() - at);  // padding, checksum, hash
  for (const std::size_t byte : bytes) {
    for (std::size_t bit = 8 * byte; bit < 8 * byte + 8; ++bit) {
      flip(image, bit);
      EXPECT_FALSE(verify(image)) << "bit " << bit % 8 << " of byte " << byte;
      flip(image, bit);
    }
  }
}

TEST(FlippedBit, InTheHashFlagIsSeenThoughTheImageThenClaimsToHaveNone) {
  Buffer image = sim::make_image({.size = 1024});
  const std::size_t flag = 8 * 0x17;
  flip(image, flag);
  EXPECT_EQ(verify(image).error(), (Error{Code::bad_hash, Where::image, 0, 1}));
  EXPECT_EQ(verify(image, {}, 1).error(), (Error{Code::bad_hash, Where::image, 0, 1}));
  EXPECT_EQ(verify(image, {.require_hash = true}).error().code, Code::bad_hash);
  flip(image, flag);
  for (int other = 1; other < 8; ++other) {
    flip(image, flag + static_cast<std::size_t>(other));
    EXPECT_EQ(verify(image).error().code, Code::bad_hash) << other;
    flip(image, flag + static_cast<std::size_t>(other));
  }
}

TEST(FlippedBit, InTheHashFlagOfAnImageWithoutAHashIsSeen) {
  Buffer image = sim::make_image({.size = 1024, .append_hash = false});
  flip(image, 8 * 0x17);
  EXPECT_EQ(verify(image).error().code, Code::size_mismatch);
  image.resize(4096, std::byte{0xFF});
  EXPECT_EQ(verify(image).error().code, Code::bad_hash);
}

}  // namespace
}  // namespace updraft::format
