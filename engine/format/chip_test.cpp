#include "engine/format/chip.hpp"

#include <gtest/gtest.h>

namespace updraft::format {
namespace {

struct Row {
  std::uint16_t id;
  const char* name;
  std::uint32_t bootloader_offset;
  bool any_mmu_page;
};

// spec/esp32.md sections 1.3 and 1.7, row 10.
constexpr Row kChips[] = {
    {0x0000, "esp32", 0x1000, false}, {0x0002, "esp32s2", 0x1000, false},
    {0x0005, "esp32c3", 0, false},    {0x0009, "esp32s3", 0, false},
    {0x000C, "esp32c2", 0, true},     {0x000D, "esp32c6", 0, true},
    {0x0010, "esp32h2", 0, true},     {0x0012, "esp32p4", 0x2000, false},
    {0x0014, "esp32c61", 0, true},    {0x0017, "esp32c5", 0x2000, false},
};

TEST(Chip, IsFoundByIdAndByName) {
  for (const Row& row : kChips) {
    const Chip* chip = find_chip(row.id);
    ASSERT_NE(chip, nullptr) << row.name;
    EXPECT_EQ(chip->name, row.name);
    EXPECT_EQ(find_chip(row.name), chip);
    EXPECT_EQ(chip_name(row.id), row.name);
    EXPECT_EQ(chip->bootloader_offset, row.bootloader_offset) << row.name;
    EXPECT_EQ(chip->any_mmu_page, row.any_mmu_page) << row.name;
  }
}

TEST(Chip, UnknownOnesAreNotFound) {
  for (const std::uint16_t id : std::array<std::uint16_t, 3>{0x0001, 0x0018, 0xFFFF}) {
    EXPECT_EQ(find_chip(id), nullptr);
    EXPECT_EQ(chip_name(id), "unknown chip");
  }
  for (const char* name : {"", "ESP32", "esp32-c3", "esp32c", "esp8266"}) {
    EXPECT_EQ(find_chip(name), nullptr) << name;
  }
}

TEST(Chip, MappedRangesAreHalfOpen) {
  const Chip& chip = *find_chip("esp32");
  EXPECT_FALSE(chip.maps(0x3F3FFFFF));
  EXPECT_TRUE(chip.maps(0x3F400000));
  EXPECT_TRUE(chip.maps(0x3F7FFFFF));
  EXPECT_FALSE(chip.maps(0x3F800000));
  EXPECT_TRUE(chip.maps(0x400D0000));
  EXPECT_FALSE(chip.maps(0x40080000)) << "instruction RAM";
  EXPECT_FALSE(chip.maps(0));
}

TEST(Chip, OneMapsFlashInPlaceOfPsramToo) {
  EXPECT_TRUE(find_chip("esp32p4")->maps(0x48000000));
  EXPECT_FALSE(find_chip("esp32p4")->maps(0x4C000000));
  EXPECT_FALSE(find_chip("esp32s3")->maps(0x48000000));
}

TEST(Chip, SecureVersionsFitTheirEfuseField) {
  EXPECT_EQ(find_chip("esp32")->secure_version_bits, 32);
  EXPECT_EQ(find_chip("esp32c2")->secure_version_bits, 4);
  EXPECT_EQ(find_chip("esp32c5")->secure_version_bits, 9);
  EXPECT_EQ(find_chip("esp32c3")->secure_version_bits, 16);
}

}  // namespace
}  // namespace updraft::format
