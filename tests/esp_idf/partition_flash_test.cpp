#include "ports/esp_idf/partition_flash.hpp"

#include <gtest/gtest.h>

#include "tests/esp_idf/app.hpp"

namespace updraft::esp_idf {
namespace {

constexpr char kEncrypted[] =
    "otadata, data, ota,   0x9000,  0x2000\n"
    "ota_0,   app,  ota_0, 0x10000, 64K\n"
    "safe,    data, 0x80,  0x20000, 64K, encrypted\n"
    "fixed,   data, 0x81,  0x30000, 4K,  readonly\n";

PartitionFlash flash_of(const char* label) {
  return PartitionFlash(
      *esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, label));
}

// An image with pages of FF, as linkers make them between segments.
Image image_with_blank_pages(const std::string& version) {
  Image image = make_image(version, 20 * 1024);
  std::ranges::fill(MutableBytes(image).subspan(8 * kFlashPage + 32, 10 * kFlashPage),
                    std::byte{0xFF});
  sim::reseal_image(image);
  return image;
}

TEST(PartitionFlash, TakesPagesOfFfThroughFlashEncryption) {
  const Image first = image_with_blank_pages("1.0.0"), next = image_with_blank_pages("2.0.0");
  for (const char* table : {kTwoSlots, kLedgers}) {
    FakeChip chip(table, first, sim::BootBuild::rollback, true);
    ASSERT_EQ(chip.running(), "1.0.0");
    ASSERT_EQ(App().push(next), "ok");
    ASSERT_TRUE(chip.power_on());
    ASSERT_EQ(chip.running(), "2.0.0");
    ASSERT_TRUE(App().updater.confirm());
    EXPECT_EQ(App().push(first), "ok") << "over an image that looks like it";
    ASSERT_TRUE(chip.power_on());
    EXPECT_EQ(chip.running(), "1.0.0");
  }
}

TEST(PartitionFlash, FillsUpTheLastBlockOfAnEncryptedPartition) {
  FakeChip chip(kEncrypted, make_image("1.0.0"), sim::BootBuild::rollback, true);
  PartitionFlash flash = flash_of("safe");
  std::array<std::byte, 53> data;
  data.fill(std::byte{0x11});
  ASSERT_TRUE(flash.program(32, data));
  std::array<std::byte, 64> back;
  ASSERT_TRUE(flash.read(32, back));
  EXPECT_TRUE(std::equal(data.begin(), data.end(), back.begin()));
  EXPECT_EQ(back[53], std::byte{0xFF});
  EXPECT_FALSE(flash.program(40, data)) << "no block starts there";
}

TEST(PartitionFlash, NamesTheErrorOfEspIdf) {
  FakeChip chip(kEncrypted, make_image("1.0.0"));
  PartitionFlash flash = flash_of("fixed");
  const Result<> erased = flash.erase(0, kFlashSector);
  ASSERT_FALSE(erased);
  EXPECT_EQ(erased.error().code, Code::flash);
  EXPECT_EQ(erased.error().found, 0x10Du);
  std::array<std::byte, 2> two;
  EXPECT_FALSE(flash_of("safe").read(64 * 1024 - 1, two));
}

}  // namespace
}  // namespace updraft::esp_idf
