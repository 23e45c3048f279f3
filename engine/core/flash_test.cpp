#include "updraft/flash.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/ram_flash.hpp"

namespace updraft {
namespace {

using fakes::RamFlash;

constexpr std::uint32_t kChip = 64 * 1024;
constexpr std::uint32_t kStart = 0x4000;
constexpr std::uint32_t kSize = 0x2000;

TEST(Inside, IsExactAtTheBordersAndSafeAgainstWrap) {
  EXPECT_TRUE(inside(0, 0, 0));
  EXPECT_TRUE(inside(0, 10, 10));
  EXPECT_TRUE(inside(10, 0, 10));
  EXPECT_FALSE(inside(0, 11, 10));
  EXPECT_FALSE(inside(11, 0, 10));
  EXPECT_FALSE(inside(1, UINT64_MAX, 10));
  EXPECT_FALSE(inside(UINT64_MAX, 1, UINT64_MAX));
  EXPECT_FALSE(inside(UINT64_MAX, UINT64_MAX, 10));
}

TEST(IsErased, OnlyWhatIsFFAllOver) {
  std::array<std::byte, 5> bytes;
  bytes.fill(std::byte{0xFF});
  EXPECT_TRUE(is_erased(bytes));
  EXPECT_TRUE(is_erased({}));
  for (std::byte& b : bytes) {
    b = std::byte{0xFE};
    EXPECT_FALSE(is_erased(bytes));
    b = std::byte{0xFF};
  }
}

TEST(FlashWindow, TouchesItsPartAndNothingElse) {
  RamFlash chip(kChip);
  FlashWindow window(chip, kStart, kSize);
  EXPECT_EQ(window.size(), kSize);
  const std::array data{std::byte{1}, std::byte{2}};
  ASSERT_TRUE(window.erase(0, kSize));
  ASSERT_TRUE(window.program(0, data));
  ASSERT_TRUE(window.program(kSize - 2, data));
  EXPECT_EQ(chip.erased, (std::vector<RamFlash::Erase>{{kStart, kSize}}));
  EXPECT_EQ(chip.bytes[kStart], std::byte{1});
  EXPECT_EQ(chip.bytes[kStart + kSize - 1], std::byte{2});
  EXPECT_EQ(chip.bytes[kStart - 1], std::byte{0x5A});
  EXPECT_EQ(chip.bytes[kStart + kSize], std::byte{0x5A});

  std::array<std::byte, 2> back{};
  ASSERT_TRUE(window.read(kSize - 2, back));
  EXPECT_EQ(back, data);
}

TEST(FlashWindow, RefusesWhatReachesBeyondIt) {
  RamFlash chip(kChip);
  FlashWindow window(chip, kStart, kSize);
  std::array<std::byte, 2> two{};
  for (const std::uint32_t offset : {kSize - 1, kSize, kSize + 1, kChip, UINT32_MAX}) {
    const Error outside{Code::flash, Where::slot, offset, kSize};
    EXPECT_EQ(window.read(offset, two).error(), outside) << offset;
    EXPECT_EQ(window.program(offset, two).error(), outside) << offset;
    EXPECT_EQ(window.erase(offset, kFlashSector).error(), outside) << offset;
  }
  EXPECT_EQ(window.erase(kFlashSector, kSize).error().code, Code::flash);
  EXPECT_EQ(window.erase(0, UINT32_MAX).error().code, Code::flash);
  EXPECT_EQ(chip.programs, 0);
  EXPECT_TRUE(chip.erased.empty());
}

TEST(FlashWindow, OffsetsThatWouldWrapDoNotReachTheStartOfTheChip) {
  RamFlash chip(kChip);
  FlashWindow window(chip, kStart, kSize);
  std::array<std::byte, 2> two{};
  EXPECT_FALSE(window.program(0u - kStart, two));
  EXPECT_EQ(chip.programs, 0);
}

TEST(FlashWindow, HandsOnTheErrorsOfTheChip) {
  RamFlash chip(kChip);
  chip.fail_programs = true;
  FlashWindow window(chip, kStart, kSize);
  const std::array data{std::byte{1}};
  EXPECT_EQ(window.program(0, data).error().code, Code::flash);
}

TEST(FlashWindow, LongerThanItsChipIsStoppedByTheChip) {
  RamFlash chip(kChip);
  FlashWindow window(chip, kStart, kChip);
  std::array<std::byte, 2> two{};
  EXPECT_FALSE(window.read(kChip - kStart, two));
}

TEST(FlashWindow, CanBeAPartOfAWindow) {
  RamFlash chip(kChip);
  FlashWindow outer(chip, kStart, kSize);
  FlashWindow inner(outer, kFlashSector, kFlashSector);
  ASSERT_TRUE(inner.erase(0, kFlashSector));
  EXPECT_EQ(chip.erased, (std::vector<RamFlash::Erase>{{kStart + kFlashSector, kFlashSector}}));
}

}  // namespace
}  // namespace updraft
