// Every check of spec/esp32.md section 1.7: how to break an image, and the code it is refused with.
#include "engine/format/image_verifier.hpp"

#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "engine/crypto/digest.hpp"
#include "engine/format/verify.hpp"
#include "sim/demo_image.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::format {
namespace {

using sim::DemoImage;
using Buffer = std::vector<std::byte>;

const char* const kChipNames[] = {"esp32",   "esp32s2", "esp32c3", "esp32s3",  "esp32c2",
                                  "esp32c6", "esp32h2", "esp32p4", "esp32c61", "esp32c5"};

ImageExpectation for_chip(const char* chip, std::uint16_t revision = 101) {
  return {.chip = find_chip(chip), .chip_revision = revision};
}

TEST(ImageVerifier, AcceptsTheWorkedExample) {
  const auto info = verify(golden::bytes("minimal_image_esp32c3"), for_chip("esp32c3"));
  ASSERT_TRUE(info);
  EXPECT_TRUE(info->complete);
  EXPECT_TRUE(info->has_descriptor);
  EXPECT_EQ(info->length, 336u);
  EXPECT_EQ(info->app.version.view(), "1.2.3");
  EXPECT_EQ(golden::to_hex(info->digest),
            "5f82e316d434907da851c1be2b8ba96103f8da446c13755631c812c836ec0da1");
}

TEST(ImageVerifier, OnlyTheImageOfItsChipPassesAndThatIsKnownFromTheHead) {
  for (const char* device : kChipNames) {
    for (const char* built_for : kChipNames) {
      SCOPED_TRACE(std::string(built_for) + " image on " + device);
      const Buffer image = sim::make_image({.chip = find_chip(built_for), .size = 65536});
      ImageVerifier verifier(for_chip(device));
      const Result<> head = verifier.push(Bytes(image).first(kImageHeadBytes));
      if (built_for == device) {
        EXPECT_TRUE(head);
        EXPECT_TRUE(verify(image, for_chip(device)));
        continue;
      }
      ASSERT_FALSE(head);
      EXPECT_EQ(head.error(), (Error{Code::wrong_chip, Where::image, find_chip(built_for)->id,
                                     find_chip(device)->id}));
    }
  }
}

TEST(ImageVerifier, WithoutAChipAnyKnownOnePasses) {
  for (const char* chip : kChipNames) {
    EXPECT_TRUE(verify(sim::make_image({.chip = find_chip(chip)}))) << chip;
  }
  Buffer unknown = sim::make_image({});
  store_le16(unknown, 12, 0x7777);
  EXPECT_EQ(verify(unknown).error(), (Error{Code::wrong_chip, Where::image, 0x7777, 0}));
}

// Broken images: what is done to one, what the device is like, and the verdict.

struct Broken {
  const char* name;
  DemoImage demo;
  std::function<void(Buffer&)> spoil;
  ImageExpectation expectation;
  Error error;
};

void nothing(Buffer&) {}

std::function<void(Buffer&)> set32(std::size_t at, std::uint32_t value) {
  return [=](Buffer& image) { store_le32(image, at, value); };
}
std::function<void(Buffer&)> set8(std::size_t at, std::uint8_t value) {
  return [=](Buffer& image) { image[at] = std::byte{value}; };
}

Error refusal(Code code, std::uint64_t found, std::uint64_t expected,
              Reason reason = Reason::none) {
  return {code, Where::image, found, expected, reason};
}

const Chip* const kC6 = find_chip("esp32c6");
constexpr std::size_t kSegment0 = kImageHeaderBytes;
constexpr std::size_t kDescriptor = kAppDescriptorOffset;

class BrokenImages : public testing::TestWithParam<Broken> {};

TEST_P(BrokenImages, AreRefused) {
  Buffer image = sim::make_image(GetParam().demo);
  GetParam().spoil(image);
  for (const std::size_t piece : {kWhole, std::size_t{1}, std::size_t{7}}) {
    const auto info = verify(image, GetParam().expectation, piece);
    ASSERT_FALSE(info);
    EXPECT_EQ(info.error(), GetParam().error)
        << name(info.error().code) << " " << info.error().found << " " << info.error().expected;
  }
}

std::string name_of(const testing::TestParamInfo<Broken>& row) { return row.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Header, BrokenImages,
    testing::Values(
        Broken{"Magic",
               {},
               set8(0, 0x3C),
               {},
               refusal(Code::not_an_image, 0x3C, 0xE9, Reason::web_page)},
        Broken{"RevisionTooOld",
               {},
               nothing,
               for_chip("esp32c3", 2),
               refusal(Code::wrong_revision, RevisionRange{3, 199}.packed(), 2)},
        Broken{"RevisionTooNew",
               {},
               nothing,
               for_chip("esp32c3", 200),
               refusal(Code::wrong_revision, RevisionRange{3, 199}.packed(), 200)},
        Broken{"NoSegment", {}, set8(1, 0), {}, refusal(Code::malformed, 0, 16)},
        Broken{"SeventeenSegments", {}, set8(1, 17), {}, refusal(Code::malformed, 17, 16)},
        Broken{"AllTheSegments", {}, set8(1, 255), {}, refusal(Code::malformed, 255, 16)},
        Broken{"NoHashWhereOneIsRequired",
               {.append_hash = false},
               nothing,
               {.require_hash = true},
               refusal(Code::bad_hash, 0, 1)}),
    name_of);

INSTANTIATE_TEST_SUITE_P(Segments, BrokenImages,
                         testing::Values(Broken{"LengthNotOfWords",
                                                {},
                                                set32(kSegment0 + 4, 257),
                                                {},
                                                refusal(Code::malformed, 257, 0xFFFFFC)},
                                         Broken{"Length16MiB",
                                                {},
                                                set32(kSegment0 + 4, 0x1000000),
                                                {},
                                                refusal(Code::malformed, 0x1000000, 0xFFFFFC)},
                                         Broken{"Length32Bits",
                                                {},
                                                set32(kSegment0 + 4, 0xFFFFFFFF),
                                                {},
                                                refusal(Code::malformed, 0xFFFFFFFF, 0xFFFFFC)},
                                         Broken{"LengthSigned",
                                                {},
                                                set32(kSegment0 + 4, 0x80000000),
                                                {},
                                                refusal(Code::malformed, 0x80000000, 0xFFFFFC)},
                                         Broken{"LengthZeroBeforeTheDescriptor",
                                                {},
                                                set32(kSegment0 + 4, 0),
                                                {},
                                                refusal(Code::malformed, 0, 256)},
                                         Broken{"LengthShorterThanTheDescriptor",
                                                {},
                                                set32(kSegment0 + 4, 252),
                                                {},
                                                refusal(Code::malformed, 252, 256)},
                                         Broken{"LengthBeyondTheSlot",
                                                {},
                                                set32(kSegment0 + 4, 0xFFFFFC),
                                                {.capacity = 0x10000},
                                                refusal(Code::too_big, 0x1000020 + 32, 0x10000)},
                                         Broken{"LargerThanTheSlot",
                                                {.size = 8192},
                                                nothing,
                                                {.capacity = 8191},
                                                refusal(Code::too_big, 8192, 8191)},
                                         Broken{"LargerThanTheSlotByItsHash",
                                                {.size = 8192},
                                                nothing,
                                                {.capacity = 8160},
                                                refusal(Code::too_big, 8192, 8160)},
                                         Broken{"RodataNotInItsPlace",
                                                {},
                                                set32(kSegment0, 0x3C000024),
                                                {},
                                                refusal(Code::malformed, 0x3C000024, 0x20)},
                                         Broken{"CodeNotInItsPlace",
                                                {.size = 256 * 1024},
                                                [](Buffer& image) {
                                                  const std::size_t code = 0x20000 +
                                                                           kAppDescriptorOffset -
                                                                           kSegmentHeaderBytes;
                                                  ASSERT_EQ(load_le32(image, code), 0x42020020u);
                                                  store_le32(image, code, 0x42020040);
                                                },
                                                {},
                                                refusal(Code::malformed, 0x42020040, 0x20020)}),
                         name_of);

INSTANTIATE_TEST_SUITE_P(
    Descriptor, BrokenImages,
    testing::Values(
        Broken{"MagicWhereThePageSizeIsRead",
               {.chip = kC6},
               set32(kDescriptor, 0),
               {},
               refusal(Code::malformed, 0, kAppDescriptorMagic, Reason::no_app_descriptor)},
        Broken{"PageSizeOfTheDescriptorIsKept",
               {.chip = kC6, .mmu_page_size = 13},
               set32(kSegment0, 0x42001020),
               {},
               refusal(Code::malformed, 0x42001020, 0x20)},
        Broken{"PageSizeTooSmallMeans64K",
               {.chip = kC6, .mmu_page_size = 12},
               set32(kSegment0, 0x42001020),
               {},
               refusal(Code::malformed, 0x42001020, 0x20)},
        Broken{"PageSizeTooLargeMeans64K",
               {.chip = kC6, .mmu_page_size = 17},
               set32(kSegment0, 0x42008020),
               {},
               refusal(Code::malformed, 0x42008020, 0x20)},
        Broken{"PageSizeIsNotReadOnOtherChips",
               {.mmu_page_size = 13},
               set32(kSegment0, 0x3C002020),
               {},
               refusal(Code::malformed, 0x3C002020, 0x20)},
        Broken{"PlacedForAnotherAddress",
               {},
               nothing,
               {.chip = find_chip("esp32c3"), .chip_revision = 3, .flash_address = 0x18000},
               refusal(Code::malformed, 0x3C000020, 0x20)},
        Broken{"NoDescriptor",
               {},
               set32(kDescriptor, 0),
               for_chip("esp32c3"),
               refusal(Code::malformed, 0, kAppDescriptorMagic, Reason::no_app_descriptor)},
        Broken{"EfuseBlockTooOld",
               {.min_efuse_blk_rev_full = 2},
               nothing,
               for_chip("esp32c3"),
               refusal(Code::wrong_revision, RevisionRange{2, 99}.packed(), 0,
                       Reason::block_revision)},
        Broken{"EfuseBlockTooNew",
               {},
               nothing,
               {.chip = find_chip("esp32c3"), .chip_revision = 3, .efuse_block_revision = 100},
               refusal(Code::wrong_revision, RevisionRange{0, 99}.packed(), 100,
                       Reason::block_revision)},
        Broken{"SecureVersion",
               {.secure_version = 4},
               nothing,
               {.secure_version_floor = 5},
               refusal(Code::secure_version_low, 4, 5)},
        Broken{"NoDescriptorNoSecureVersion",
               {.secure_version = 9},
               set32(kDescriptor, 0),
               {.secure_version_floor = 1},
               refusal(Code::secure_version_low, 0, 1)},
        Broken{"Project", {}, nothing, {.project = "dem"}, refusal(Code::wrong_product, 0, 0)}),
    name_of);

// Unusual images that are valid.

struct Fine {
  const char* name;
  DemoImage demo;
  std::function<void(Buffer&)> change;
  ImageExpectation expectation;
};

class FineImages : public testing::TestWithParam<Fine> {};

TEST_P(FineImages, AreAccepted) {
  Buffer image = sim::make_image(GetParam().demo);
  GetParam().change(image);
  sim::reseal_image(image);
  const auto info = verify(image, GetParam().expectation);
  EXPECT_TRUE(info) << name(info.error().code) << " " << info.error().found;
}

INSTANTIATE_TEST_SUITE_P(
    ImageVerifier, FineImages,
    testing::Values(
        Fine{"LowestRevision", {}, nothing, for_chip("esp32c3", 3)},
        Fine{"HighestRevision", {}, nothing, for_chip("esp32c3", 199)},
        Fine{
            "NoHighestRevisionByZero", {.max_chip_rev_full = 0}, nothing, for_chip("esp32c3", 999)},
        Fine{"NoHighestRevisionByOnes",
             {.max_chip_rev_full = 65535},
             nothing,
             for_chip("esp32c3", 65535)},
        Fine{"HighestRevisionLiftedByEfuse",
             {},
             nothing,
             {.chip = find_chip("esp32c3"), .chip_revision = 200, .ignore_max_revision = true}},
        Fine{"RevisionsAreNotJudgedWithoutAChip", {}, nothing, {.chip_revision = 999}},
        Fine{"EfuseBlockIsNotJudgedOnEsp32",
             {.chip = find_chip("esp32"), .min_efuse_blk_rev_full = 5},
             nothing,
             for_chip("esp32")},
        Fine{"NoLowestEfuseBlock", {.min_efuse_blk_rev_full = 65535}, nothing, for_chip("esp32c3")},
        Fine{"NoHighestEfuseBlock",
             {.max_efuse_blk_rev_full = 0},
             nothing,
             {.chip = find_chip("esp32c3"), .chip_revision = 3, .efuse_block_revision = 999}},
        Fine{"EfuseBlockOfBothLimits",
             {.min_efuse_blk_rev_full = 7, .max_efuse_blk_rev_full = 7},
             nothing,
             {.chip = find_chip("esp32c3"), .chip_revision = 3, .efuse_block_revision = 7}},
        Fine{"HighestEfuseBlockLifted",
             {},
             nothing,
             {.chip = find_chip("esp32c3"),
              .chip_revision = 3,
              .ignore_max_revision = true,
              .efuse_block_revision = 999}},
        Fine{"SizeOfTheSlot", {.size = 8192}, nothing, {.capacity = 8192}},
        Fine{
            "SecureVersionOfTheFloor", {.secure_version = 5}, nothing, {.secure_version_floor = 5}},
        Fine{"Project", {}, nothing, {.project = "demo"}},
        Fine{"NoDescriptorWherePagesAreFixedToABootloader",
             {},
             set32(kDescriptor, 0),
             {.chip = find_chip("esp32c3"), .chip_revision = 3, .any_app = true}},
        Fine{"PlacedByItsAddress",
             {},
             set32(kSegment0, 0x3C008020),
             {.chip = find_chip("esp32c3"), .chip_revision = 3, .flash_address = 0x18000}},
        Fine{"SmallPages", {.chip = kC6, .mmu_page_size = 13}, set32(kSegment0, 0x42002020), {}},
        Fine{"PageSizeTooLargeMeans64K",
             {.chip = kC6, .mmu_page_size = 17},
             set32(kSegment0, 0x42010020),
             {}},
        Fine{"UnmappedMayLieWhereThereIsRam", {}, set32(kSegment0, 0x3FC80004), {}},
        Fine{"NoHash", {.append_hash = false}, nothing, {}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(ImageVerifier, KnowsThatThereIsNoDescriptor) {
  Buffer image = sim::make_image({.secure_version = 3});
  store_le32(image, kDescriptor, 0);
  sim::reseal_image(image);
  const auto info = verify(image);
  ASSERT_TRUE(info);
  EXPECT_FALSE(info->has_descriptor);
  EXPECT_TRUE(info->app.version.empty());
}

// An image of `count` segments; all but the first are empty.
Buffer many_segments(std::uint8_t count) {
  const Buffer minimal = sim::make_image({});
  Buffer image(minimal.begin(), minimal.begin() + 288);
  image[1] = std::byte{count};
  image.resize(checksum_end(288 + 8u * (count - 1u)) + kHashBytes);
  sim::reseal_image(image);
  return image;
}

TEST(ImageVerifier, SixteenSegmentsAreAllowedAndEmptyOnesToo) {
  for (std::uint8_t count = 1; count <= kMaxSegments; ++count) {
    EXPECT_TRUE(verify(many_segments(count))) << int{count};
    EXPECT_TRUE(verify(many_segments(count), {}, 1)) << int{count};
  }
}

TEST(ImageVerifier, LaterSegmentsAreJudgedAlike) {
  const std::size_t last = 288;
  for (const std::uint32_t length : {1u, 255u, 0x1000000u, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
    Buffer image = many_segments(2);
    store_le32(image, last + 4, length);
    EXPECT_EQ(verify(image).error(), refusal(Code::malformed, length, kMaxSegmentBytes));
  }
  Buffer image = many_segments(2);
  store_le32(image, last + 4, 0xFFFFFC);
  EXPECT_EQ(verify(image).error().code, Code::size_mismatch);
  EXPECT_EQ(verify(image, {.capacity = 4096}).error().code, Code::too_big);
}

TEST(ImageVerifier, AHostileLengthIsKnownFromItsHeader) {
  Buffer image = sim::make_image({});
  store_le32(image, kSegment0 + 4, 0x10000 - 0x20 - 0x20);
  ImageVerifier verifier({.capacity = 0x10000});
  EXPECT_EQ(verifier.push(Bytes(image).first(32)).error().code, Code::too_big);
}

TEST(ImageVerifier, ChecksumAndHashAreBothJudged) {
  const Buffer image = sim::make_image({.size = 4096});
  Buffer checksum = image;
  checksum[image.size() - kHashBytes - 1] ^= std::byte{1};
  EXPECT_EQ(verify(checksum).error().code, Code::bad_checksum);
  Buffer hash = image;
  hash.back() ^= std::byte{1};
  EXPECT_EQ(verify(hash).error().code, Code::bad_hash);
  Buffer two_bits = image;  // the checksum does not see these
  two_bits[500] ^= std::byte{1};
  two_bits[501] ^= std::byte{1};
  EXPECT_EQ(verify(two_bits).error().code, Code::bad_hash);
}

TEST(ImageVerifier, WithoutAHashTheDigestIsComputed) {
  const Buffer image = sim::make_image({.size = 4096, .append_hash = false});
  const auto info = verify(image);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->length, image.size());
  EXPECT_EQ(info->digest, crypto::sha256(image));
}

TEST(ImageVerifier, PaddingBehindTheImageIsCountedNotJudged) {
  for (const bool hash : {false, true}) {
    for (const std::byte filler : {std::byte{0xFF}, std::byte{0}, std::byte{0xE9}}) {
      for (const std::size_t padding : {1u, 31u, 32u, 33u, 4096u}) {
        Buffer image = sim::make_image({.append_hash = hash});
        const std::size_t length = image.size();
        image.resize(length + padding, filler);
        ImageVerifier verifier;
        ASSERT_TRUE(verifier.push(image));
        ASSERT_TRUE(verifier.finish());
        EXPECT_EQ(verifier.info().length, length);
        EXPECT_EQ(verifier.received(), length + padding);
      }
    }
  }
}

TEST(ImageVerifier, TheExtentReachesOverTheSignatureSector) {
  const std::pair<std::size_t, std::uint64_t> rows[] = {
      {0, 8192}, {4096, 8192}, {4112, 12288}, {65536, 69632}};
  for (const auto& [size, extent] : rows) {
    ImageVerifier verifier;
    EXPECT_EQ(verifier.extent(), 0u);
    ASSERT_TRUE(verifier.push(sim::make_image({.size = size})));
    EXPECT_EQ(verifier.extent(), extent) << size;
  }
}

TEST(ImageVerifier, ResetForgetsEverything) {
  const Buffer image = sim::make_image({.size = 4096});
  ImageVerifier verifier(for_chip("esp32c6"));
  EXPECT_FALSE(verifier.push(image));
  for (const std::size_t pushed : {20u, 30u, 300u, 3000u, 4080u, 4096u}) {
    verifier.reset({});
    ASSERT_TRUE(verifier.push(Bytes(image).first(pushed)));
    verifier.reset(for_chip("esp32c3"));
    EXPECT_EQ(verifier.received(), 0u);
    ASSERT_TRUE(verifier.push(image)) << pushed;
    ASSERT_TRUE(verifier.finish()) << pushed;
    EXPECT_TRUE(verifier.info().complete);
  }
}

TEST(ImageVerifier, ResetForgetsThePageSize) {
  ImageVerifier verifier;
  ASSERT_TRUE(verifier.push(sim::make_image({.chip = kC6, .mmu_page_size = 13})));
  verifier.reset({});
  Buffer image = sim::make_image({});
  store_le32(image, kSegment0, 0x3C002020);
  EXPECT_EQ(verifier.push(image).error().code, Code::malformed);
}

TEST(ImageVerifier, ResetForgetsWhatADamagedHashFlagIsSeenBy) {
  const Buffer without_hash = sim::make_image({.size = 4096, .append_hash = false});
  Buffer damaged = sim::make_image({.size = 4096});
  damaged[0x17] = std::byte{0};
  ImageVerifier verifier;
  ASSERT_TRUE(verifier.push(Bytes(without_hash).first(3000)));
  verifier.reset({});
  ASSERT_TRUE(verifier.push(damaged));
  EXPECT_EQ(verifier.finish().error().code, Code::bad_hash);
}

}  // namespace
}  // namespace updraft::format
