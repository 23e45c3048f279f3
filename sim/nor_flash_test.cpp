#include "sim/nor_flash.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/all_are.hpp"

namespace updraft::sim {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr std::byte kErased{0xFF};

class NorFlashTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kSize = 4 * kFlashBlock;
  std::vector<std::byte> cells_ = std::vector<std::byte>(kSize, std::byte{0x5A});
  VirtualClock clock_;
  NorFlash flash_{cells_, clock_};
};

void expect_refused(const Result<>& result) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::flash);
}

TEST_F(NorFlashTest, EraseSetsWholeSectorsAndNothingElse) {
  ASSERT_TRUE(flash_.erase(kFlashSector, 2 * kFlashSector));
  EXPECT_TRUE(all_are(MutableBytes(cells_).first(kFlashSector), std::byte{0x5A}));
  EXPECT_TRUE(all_are(MutableBytes(cells_).subspan(kFlashSector, 2 * kFlashSector), kErased));
  EXPECT_TRUE(all_are(MutableBytes(cells_).subspan(3 * kFlashSector), std::byte{0x5A}));
}

TEST_F(NorFlashTest, ProgramOnlyClearsBits) {
  ASSERT_TRUE(flash_.program(7, std::vector<std::byte>(300, std::byte{0xF3})));
  EXPECT_TRUE(all_are(MutableBytes(cells_).first(7), std::byte{0x5A}));
  EXPECT_TRUE(all_are(MutableBytes(cells_).subspan(7, 300), std::byte{0x52}));
  EXPECT_EQ(cells_[307], std::byte{0x5A});
}

TEST_F(NorFlashTest, ProgramSplitsAtPageBorders) {
  ASSERT_TRUE(flash_.program(250, std::vector<std::byte>(6)));
  EXPECT_EQ(flash_.operations(), 1);
  ASSERT_TRUE(flash_.program(250, std::vector<std::byte>(7)));
  EXPECT_EQ(flash_.operations(), 3);
  ASSERT_TRUE(flash_.program(255, std::vector<std::byte>(258)));  // 1 + 256 + 1
  EXPECT_EQ(flash_.operations(), 6);
}

TEST_F(NorFlashTest, EraseUsesBlocksOnlyWhereAlignedAndWanted) {
  ASSERT_TRUE(flash_.erase(kFlashBlock - kFlashSector, 2 * kFlashBlock));
  EXPECT_EQ(flash_.stats().erase_block.count, 1);
  EXPECT_EQ(flash_.stats().erase_sector.count, 16);
  EXPECT_EQ(flash_.operations(), 17);
  EXPECT_TRUE(
      all_are(MutableBytes(cells_).subspan(kFlashBlock - kFlashSector, 2 * kFlashBlock), kErased));
}

TEST_F(NorFlashTest, CountsErasesOfEverySector) {
  ASSERT_TRUE(flash_.erase(0, kFlashBlock));
  ASSERT_TRUE(flash_.erase(kFlashSector, kFlashSector));
  const std::vector<std::uint32_t>& erases = flash_.stats().erases_per_sector;
  EXPECT_THAT(std::span(erases).first(3), ElementsAre(1, 2, 1));
  EXPECT_EQ(erases[16], 0);
  flash_.reset_stats();
  EXPECT_THAT(flash_.stats().erases_per_sector, Each(0));
}

TEST_F(NorFlashTest, RefusesMisalignedErases) {
  expect_refused(flash_.erase(1, kFlashSector));
  expect_refused(flash_.erase(0, kFlashSector + 1));
  EXPECT_EQ(flash_.operations(), 0);
}

TEST_F(NorFlashTest, RefusesWhatLiesOutside) {
  std::array<std::byte, 2> two{};
  expect_refused(flash_.read(kSize - 1, two));
  expect_refused(flash_.program(kSize - 1, two));
  expect_refused(flash_.erase(kSize - kFlashSector, 2 * kFlashSector));
  expect_refused(flash_.read(UINT32_MAX, two));
  EXPECT_TRUE(all_are(cells_, std::byte{0x5A}));
}

TEST_F(NorFlashTest, NothingAtAllIsNoOperation) {
  EXPECT_TRUE(flash_.read(kSize, {}));
  EXPECT_TRUE(flash_.program(kSize, {}));
  EXPECT_TRUE(flash_.erase(0, 0));
  EXPECT_EQ(flash_.operations(), 0);
}

TEST_F(NorFlashTest, ReadsAreNotNumberedButCounted) {
  std::vector<std::byte> out(5000);
  ASSERT_TRUE(flash_.read(3, out));
  EXPECT_TRUE(all_are(out, std::byte{0x5A}));
  EXPECT_EQ(flash_.operations(), 0);
  EXPECT_EQ(flash_.stats().read.count, 1);
  EXPECT_EQ(flash_.stats().read.bytes, 5000);
}

}  // namespace
}  // namespace updraft::sim
