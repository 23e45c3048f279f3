// Which segments a bootloader can load, chip by chip: the edges of each piece of RAM, of the
// bootloader's own memory in it, and of what is no memory at all.
#include "engine/format/load_memory.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "engine/format/verify.hpp"
#include "sim/raw_image.hpp"

namespace updraft::format {
namespace {

struct Place {
  const char* chip;
  std::uint32_t address;
  std::uint32_t bytes;
  bool loads;
  std::uint16_t min_revision = 0;
};

class LoadMemory : public testing::TestWithParam<Place> {};

TEST_P(LoadMemory, IsThatOfTheChip) {
  const Place& row = GetParam();
  const Chip& chip = *find_chip(row.chip);
  EXPECT_EQ(may_load(chip, row.min_revision, {row.address, row.bytes}), row.loads)
      << row.chip << std::hex << " 0x" << row.address << "+0x" << row.bytes;
}

INSTANTIATE_TEST_SUITE_P(
    Esp32, LoadMemory,
    testing::Values(Place{"esp32", 0x60000000, 256, false}, Place{"esp32", 0x3FFADFFC, 4, false},
                    Place{"esp32", 0x3FFAE000, 4, true}, Place{"esp32", 0x3FFBDB60, 25604, true},
                    Place{"esp32", 0x3FFDBBFC, 4, true}, Place{"esp32", 0x3FFDBBFC, 8, false},
                    Place{"esp32", 0x3FFE0000, 4, false}, Place{"esp32", 0x3FFE3F20, 4, false},
                    Place{"esp32", 0x3FFE4000, 4, true}, Place{"esp32", 0x3FFF0000, 4, false},
                    Place{"esp32", 0x3FFF0030, 4112, false}, Place{"esp32", 0x3FFF6000, 4, true},
                    Place{"esp32", 0x3FFFFFFC, 4, true}, Place{"esp32", 0x40078000, 3000, false},
                    Place{"esp32", 0x40080000, 98196, true}, Place{"esp32", 0x400A9FFC, 4, true},
                    Place{"esp32", 0x400A9FFC, 8, false}, Place{"esp32", 0x400AA000, 4, false},
                    Place{"esp32", 0x400C0000, 0x2000, true}, Place{"esp32", 0x3FF80000, 32, true},
                    Place{"esp32", 0x50001E78, 32, true}, Place{"esp32", 0x50002000, 4, false},
                    Place{"esp32", 0xFFFFFFF0, 0x20, false}, Place{"esp32", 0x20000000, 4, false},
                    Place{"esp32", 0x60000000, 0, true}));

INSTANTIATE_TEST_SUITE_P(
    Others, LoadMemory,
    testing::Values(
        Place{"esp32s2", 0x3FFB0000, 4, true}, Place{"esp32s2", 0x4004DFFC, 4, true},
        Place{"esp32s2", 0x4004E000, 4, false}, Place{"esp32s2", 0x3FFE5010, 4, false},
        Place{"esp32s2", 0x40070000, 4, true}, Place{"esp32s2", 0x40072000, 4, false},
        Place{"esp32c3", 0x3FC96600, 13836, true}, Place{"esp32c3", 0x40380000, 92000, true},
        Place{"esp32c3", 0x3FCCE710, 4, false}, Place{"esp32c3", 0x3FCD5710, 4, false},
        Place{"esp32c3", 0x403CE710, 4, false}, Place{"esp32c3", 0x3FCDE800, 4, true},
        Place{"esp32c3", 0x3FCE0000, 4, false}, Place{"esp32c3", 0x50000000, 0x2000, true},
        Place{"esp32s3", 0x3FC966C0, 63776, true}, Place{"esp32s3", 0x40374000, 75456, true},
        Place{"esp32s3", 0x403CB700, 2000, false}, Place{"esp32s3", 0x3FCE2810, 2080, false},
        Place{"esp32s3", 0x600FE000, 0x2000, true}, Place{"esp32s3", 0x60000000, 4, false},
        Place{"esp32c2", 0x4037C000, 4, true}, Place{"esp32c2", 0x3FCA0000, 4, true},
        Place{"esp32c2", 0x403AEB70, 4, false}, Place{"esp32c2", 0x50000000, 4, false},
        Place{"esp32c6", 0x40800000, 90000, true}, Place{"esp32c6", 0x4086E610, 4, false},
        Place{"esp32c6", 0x4087E60C, 4, false}, Place{"esp32c6", 0x50003FFC, 4, true},
        Place{"esp32c6", 0x40880000, 4, false}, Place{"esp32h2", 0x4083EFD0, 4, false},
        Place{"esp32h2", 0x4083EBFC, 4, true}, Place{"esp32h2", 0x50001000, 4, false},
        Place{"esp32c61", 0x4083E670, 4, false}, Place{"esp32c61", 0x4084FFFC, 4, true},
        Place{"esp32c5", 0x4084E5A0, 4, false}, Place{"esp32c5", 0x40800000, 4, true},
        Place{"esp32p4", 0x4FF00000, 0x20000, true}, Place{"esp32p4", 0x4FF2BBD0, 4, false},
        Place{"esp32p4", 0x4FF2BBD0, 4, true, 300}, Place{"esp32p4", 0x4FFADFC0, 4, false, 300},
        Place{"esp32p4", 0x4FFADFC0, 4, true}, Place{"esp32p4", 0x30100000, 0x2000, true},
        Place{"esp32p4", 0x60000000, 4, false}));

// ---- what ImageVerifier makes of it ----

std::vector<std::byte> image_with(const char* chip, std::uint32_t address, std::uint32_t bytes) {
  const Chip& of = *find_chip(chip);
  std::vector<std::byte> first(512);
  store_le32(first, 0, kAppDescriptorMagic);
  return sim::make_raw_image(
      {.chip = &of,
       .segments = {{of.drom.low + 0x20, first}, {address, std::vector<std::byte>(bytes)}}});
}

TEST(LoadAddress, IsJudgedWhereTheSegmentBegins) {
  const Error error{Code::malformed, Where::image, 0x60000000, 256, Reason::load_address};
  const auto image = image_with("esp32", 0x60000000, 256);
  EXPECT_EQ(verify(image).error(), error);
  EXPECT_EQ(verify(image, {}, 1).error(), error);
  ImageVerifier verifier;
  EXPECT_TRUE(verifier.push(Bytes(image).first(0x20 + 512 + 7)));
  EXPECT_EQ(verifier.push(Bytes(image).subspan(0x20 + 512 + 7, 1)).error(), error);
}

TEST(LoadAddress, IsNoMatterForWhatIsNotLoaded) {
  EXPECT_TRUE(verify(image_with("esp32", 0x60000000, 0)));
  EXPECT_TRUE(verify(image_with("esp32", 0, 256)));
  EXPECT_TRUE(verify(image_with("esp32", 0x0FFFFFFC, 256)));
}

// ---- bootloaders, which no slot boots ----

TEST(Bootloader, IsNoAppOnAnyChipWithAndWithoutItsDescriptor) {
  for (const char* name : {"esp32", "esp32s2", "esp32c3", "esp32s3", "esp32c2", "esp32c6",
                           "esp32h2", "esp32p4", "esp32c61", "esp32c5"}) {
    for (const bool descriptor : {false, true}) {
      SCOPED_TRACE(std::string(name) + (descriptor ? " with" : " without"));
      const Chip* const chip = find_chip(name);
      const auto image = sim::make_bootloader({.chip = chip, .descriptor = descriptor});
      EXPECT_EQ(verify(image).error().code, Code::not_an_app);
      ImageVerifier verifier({.chip = chip, .chip_revision = 301});
      EXPECT_EQ(verifier.push(Bytes(image).first(kImageHeadBytes)).error().code, Code::not_an_app)
          << "known from its head";
    }
  }
}

TEST(Bootloader, OfOldReleasesBeginsWithFourBytes) {
  const auto image =
      sim::make_bootloader({.chip = find_chip("esp32"), .descriptor = false, .short_first = true});
  EXPECT_EQ(verify(image).error().code, Code::not_an_app);
}

TEST(Bootloader, InAFileForCableInstallationIsFoundAllTheSame) {
  auto factory = sim::make_bootloader({});
  factory.resize(0x10000, std::byte{0xFF});
  const auto app = image_with("esp32c3", 0x3FC80000, 64);
  factory.insert(factory.end(), app.begin(), app.end());
  EXPECT_EQ(verify(factory).error().code, Code::not_an_app);
}

TEST(Bootloader, IsWhatMapsNothingAndHasNoDescriptor) {
  const Chip& c3 = *find_chip("esp32c3");
  const std::vector<std::byte> data(512);
  const auto padded = sim::make_raw_image({.segments = {{0, data}, {0x3FC80000, data}}});
  EXPECT_EQ(verify(padded).error().code, Code::not_an_app);
  const auto own =
      sim::make_raw_image({.segments = {{c3.drom.low + 0x20, data}, {0x403CE710, data}}});
  EXPECT_EQ(verify(own).error().code, Code::not_an_app);
  const auto app =
      sim::make_raw_image({.segments = {{c3.drom.low + 0x20, data}, {0x3FC80000, data}}});
  EXPECT_TRUE(verify(app)) << "an old app without descriptor";
}

}  // namespace
}  // namespace updraft::format
