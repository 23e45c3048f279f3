#include "sim/efuse.hpp"

#include <gtest/gtest.h>

namespace updraft::sim {
namespace {

struct Row {
  const char* chip;
  std::uint32_t width;
};

class SecureVersion : public testing::TestWithParam<Row> {
 protected:
  Efuse efuse_{.chip = format::find_chip(GetParam().chip)};
};

TEST_P(SecureVersion, GoesUpToTheWidthOfItsField) {
  const std::uint32_t width = GetParam().width;
  EXPECT_EQ(efuse_.raise_secure_version(width + 1), EspErr::invalid_arg);
  EXPECT_EQ(efuse_.secure_version(), 0);
  EXPECT_EQ(efuse_.raise_secure_version(width), EspErr::ok);
  EXPECT_EQ(efuse_.secure_version(), width);
}

INSTANTIATE_TEST_SUITE_P(Chips, SecureVersion,
                         testing::Values(Row{"esp32", 32}, Row{"esp32c2", 4}, Row{"esp32c5", 9},
                                         Row{"esp32c3", 16}, Row{"esp32s3", 16}),
                         [](const auto& row) { return std::string(row.param.chip); });

TEST(Efuse, CounterIsOneBitPerStep) {
  Efuse efuse{.chip = format::find_chip("esp32c3")};
  ASSERT_EQ(efuse.raise_secure_version(3), EspErr::ok);
  EXPECT_EQ(efuse.secure_version_field, 0b111u);
  ASSERT_EQ(efuse.raise_secure_version(5), EspErr::ok);
  EXPECT_EQ(efuse.secure_version_field, 0b11111u);
}

TEST(Efuse, CounterNeverGoesDown) {
  Efuse efuse{.chip = format::find_chip("esp32c3"), .secure_version_field = 0b11};
  EXPECT_EQ(efuse.raise_secure_version(1), EspErr::fail);
  EXPECT_EQ(efuse.raise_secure_version(2), EspErr::ok);
  EXPECT_EQ(efuse.secure_version_field, 0b11u);
}

TEST(Efuse, CounterIsTheNumberOfOneBits) {
  Efuse efuse{.secure_version_field = 0b1000'0100};
  EXPECT_EQ(efuse.secure_version(), 2);
  ASSERT_EQ(efuse.raise_secure_version(3), EspErr::ok);
  EXPECT_EQ(efuse.secure_version(), 3);
  EXPECT_TRUE(efuse.accepts(3));
  EXPECT_FALSE(efuse.accepts(2));
}

TEST(Efuse, ExpectationIsWhatTheChipIs) {
  const Efuse efuse{.chip = format::find_chip("esp32"),
                    .revision = 301,
                    .block_revision = 2,
                    .ignore_max_revision = true};
  const format::ImageExpectation expectation = efuse.expectation({.offset = 0x18000, .size = 4096});
  EXPECT_EQ(expectation.chip, efuse.chip);
  EXPECT_EQ(expectation.chip_revision, 301);
  EXPECT_EQ(expectation.efuse_block_revision, 2);
  EXPECT_TRUE(expectation.ignore_max_revision);
  EXPECT_EQ(expectation.capacity, 4096);
  EXPECT_EQ(expectation.flash_address, 0x18000);
}

TEST(Efuse, EveryChipHasAUsualOne) {
  for (const char* chip : {"esp32", "esp32s2", "esp32c3", "esp32s3", "esp32c2", "esp32c6",
                           "esp32h2", "esp32p4", "esp32c61", "esp32c5"}) {
    EXPECT_NE(usual_efuse(*format::find_chip(chip)).revision, 0) << chip;
  }
}

TEST(EspErr, NamesAreThoseOfEspIdf) {
  EXPECT_EQ(name(EspErr::ok), "ESP_OK");
  EXPECT_EQ(name(EspErr::ota_validate_failed), "ESP_ERR_OTA_VALIDATE_FAILED");
  EXPECT_EQ(static_cast<int>(EspErr::ota_rollback_invalid_state), 0x1506);
  EXPECT_EQ(name(static_cast<EspErr>(42)), "UNKNOWN ERROR");
}

}  // namespace
}  // namespace updraft::sim
