#include "engine/format/image_in_flash.hpp"

#include <gtest/gtest.h>

#include "sim/demo_image.hpp"
#include "tests/fakes/ram_flash.hpp"

namespace updraft::format {
namespace {

using fakes::RamFlash;

// A slot of 64 KiB that begins with `image`; after it, something old.
RamFlash slot_with(Bytes image) {
  RamFlash slot(64 * 1024);
  std::copy(image.begin(), image.end(), slot.bytes.begin());
  return slot;
}

Result<ImageInfo> verify_slot(RamFlash& slot, const ImageExpectation& expectation = {},
                              std::size_t scratch_bytes = 1024) {
  ImageVerifier verifier;
  std::vector<std::byte> scratch(scratch_bytes);
  return verify_image(slot, expectation, verifier, scratch);
}

TEST(ImageInFlash, IsVerifiedWhateverTheScratchSize) {
  for (const bool hash : {false, true}) {
    RamFlash slot = slot_with(sim::make_image({.size = 20000, .append_hash = hash}));
    for (const std::size_t scratch : {32u, 33u, 1024u, 65536u, 100000u}) {
      const auto info = verify_slot(slot, {}, scratch);
      ASSERT_TRUE(info) << scratch;
      EXPECT_TRUE(info->complete);
    }
  }
}

TEST(ImageInFlash, MayFillTheSlotToTheLastByte) {
  for (const bool hash : {false, true}) {
    RamFlash slot = slot_with(sim::make_image({.size = 65536, .append_hash = hash}));
    EXPECT_TRUE(verify_slot(slot)) << hash;
    EXPECT_TRUE(verify_slot(slot, {.capacity = 1024 * 1024})) << hash;
  }
}

TEST(ImageInFlash, IsBoundedByTheSlot) {
  auto image = sim::make_image({.size = 65536 + 16});
  image.resize(65536);
  RamFlash slot = slot_with(image);
  EXPECT_EQ(verify_slot(slot).error(), (Error{Code::too_big, Where::image, 65552, 65536}));
  EXPECT_EQ(verify_slot(slot, {.capacity = UINT32_MAX}).error().code, Code::too_big);
}

TEST(ImageInFlash, ADamagedHashFlagIsSeenThere) {
  RamFlash slot = slot_with(sim::make_image({.size = 20000}));
  slot.bytes[0x17] = std::byte{0};
  for (const std::size_t scratch : {32u, 100u, 65536u}) {
    EXPECT_EQ(verify_slot(slot, {}, scratch).error().code, Code::bad_hash) << scratch;
  }
}

TEST(ImageInFlash, ABlankSlotHoldsNone) {
  RamFlash slot(65536, std::byte{0xFF});
  EXPECT_EQ(verify_slot(slot).error(), (Error{Code::not_an_image, Where::image, 0xFF, 0xE9}));
  EXPECT_EQ(appended_digest(slot).error().code, Code::not_an_image);
}

TEST(AppendedDigest, IsThatOfTheWholeWalk) {
  for (const std::size_t size : {336u, 20000u, 65536u}) {
    RamFlash slot = slot_with(sim::make_image({.size = size}));
    const auto digest = appended_digest(slot);
    ASSERT_TRUE(digest) << size;
    EXPECT_EQ(*digest, verify_slot(slot)->digest) << size;
  }
}

TEST(AppendedDigest, BelievesNoLengthThatLeavesTheSlot) {
  for (const std::uint32_t length : {65536u - 32, 65536u - 63, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
    auto image = sim::make_image({});
    store_le32(image, 28, length);
    RamFlash slot = slot_with(image);
    EXPECT_EQ(appended_digest(slot).error().code, Code::too_big) << length;
  }
  auto image = sim::make_image({});
  image[1] = std::byte{16};
  store_le32(image, 28, 0xFFFFFFFF);
  RamFlash slot = slot_with(image);
  EXPECT_EQ(appended_digest(slot).error().code, Code::too_big);
}

TEST(AppendedDigest, NeedsSegmentsAndAHash) {
  RamFlash without_hash = slot_with(sim::make_image({.append_hash = false}));
  EXPECT_EQ(appended_digest(without_hash).error().code, Code::bad_hash);
  for (const std::uint8_t count : std::array<std::uint8_t, 2>{0, 17}) {
    auto image = sim::make_image({});
    image[1] = std::byte{count};
    RamFlash slot = slot_with(image);
    EXPECT_EQ(appended_digest(slot).error(), (Error{Code::malformed, Where::image, count, 16}));
  }
}

}  // namespace
}  // namespace updraft::format
