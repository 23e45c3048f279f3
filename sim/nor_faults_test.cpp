#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/all_are.hpp"
#include "sim/nor_flash.hpp"

namespace updraft::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::byte kErased{0xFF};

class NorFaults : public testing::Test {
 protected:
  std::vector<std::byte> read(std::uint32_t offset, std::size_t length) {
    std::vector<std::byte> out(length);
    EXPECT_TRUE(flash_.read(offset, out));
    return out;
  }
  void mark_weak(std::uint32_t sector) { flash_.mark_weak(std::array{sector}); }

  std::vector<std::byte> cells_ = std::vector<std::byte>(2 * kFlashBlock, kErased);
  VirtualClock clock_;
  NorFlash flash_{cells_, clock_, {.weak_one_in = 64}};
};

TEST_F(NorFaults, StuckSectorFailsToEraseAndToProgram) {
  flash_.mark_stuck(1);
  const std::vector<std::byte> zeros(kFlashPage);
  EXPECT_FALSE(flash_.program(kFlashSector, zeros));
  EXPECT_FALSE(flash_.erase(kFlashSector, kFlashSector));
  EXPECT_FALSE(flash_.erase(0, kFlashBlock)) << "the block that holds it fails as a whole";
  EXPECT_TRUE(all_are(cells_, kErased));
  EXPECT_TRUE(flash_.program(0, zeros));
  EXPECT_TRUE(all_are(read(kFlashSector, 16), kErased)) << "it still reads";
}

TEST_F(NorFaults, StuckSectorDoesNotHeal) {
  flash_.mark_stuck(0);
  flash_.power_on();
  EXPECT_FALSE(flash_.erase(0, kFlashSector));
  EXPECT_FALSE(flash_.erase(0, kFlashSector));
}

TEST_F(NorFaults, WeakSectorReadsDifferentlyEveryTime) {
  mark_weak(0);
  const std::vector<std::byte> first = read(0, kFlashSector);
  EXPECT_NE(first, read(0, kFlashSector));
  const auto wrong = kFlashSector - std::ranges::count(first, kErased);
  EXPECT_GT(wrong, 16);  // 64 expected
  EXPECT_LT(wrong, 192);
  EXPECT_TRUE(all_are(cells_, kErased)) << "reading changes nothing";
}

TEST_F(NorFaults, WeakSectorLeavesItsNeighboursAlone) {
  mark_weak(1);
  const std::vector<std::byte> all = read(0, 3 * kFlashSector);
  EXPECT_TRUE(all_are(std::span(all).first(kFlashSector), kErased));
  EXPECT_TRUE(all_are(std::span(all).subspan(2 * kFlashSector), kErased));
}

TEST_F(NorFaults, ProgrammingWeakCellsLeavesBitsSet) {
  mark_weak(0);
  ASSERT_TRUE(flash_.program(0, std::vector<std::byte>(kFlashSector)));
  const auto missed =
      kFlashSector - std::ranges::count(std::span(cells_).first(kFlashSector), std::byte{0});
  EXPECT_GT(missed, 16);
  EXPECT_LT(missed, 192);
}

TEST_F(NorFaults, ErasingHealsWeakCells) {
  mark_weak(3);
  ASSERT_TRUE(flash_.erase(0, kFlashBlock));
  EXPECT_THAT(flash_.weak_sectors(), IsEmpty());
  EXPECT_TRUE(all_are(read(0, kFlashBlock), kErased));
}

TEST_F(NorFaults, WeakSectorsOutliveARestart) {
  flash_.cut_power_at(0, Cut::weak);
  EXPECT_FALSE(flash_.erase(kFlashSector, kFlashSector));
  flash_.power_on();
  EXPECT_THAT(flash_.weak_sectors(), ElementsAre(1));

  NorFlash again(cells_, clock_, {.weak_one_in = 64});
  again.mark_weak(flash_.weak_sectors());
  EXPECT_THAT(again.weak_sectors(), ElementsAre(1));
}

TEST_F(NorFaults, WeakBlockIsWeakInAllItsSectors) {
  flash_.cut_power_at(0, Cut::weak);
  EXPECT_FALSE(flash_.erase(kFlashBlock, kFlashBlock));
  EXPECT_EQ(flash_.weak_sectors().size(), 16);
  EXPECT_EQ(flash_.weak_sectors().front(), 16);
}

TEST_F(NorFaults, UnstableBitsReadAtRandomUntilErased) {
  flash_.mark_unstable(100, 0x81);
  bool low = false, high = false;
  for (int i = 0; i < 32; ++i) {
    const std::byte b = read(64, 64)[36];
    EXPECT_EQ(b | std::byte{0x81}, kErased) << "the other bits are sound";
    low |= (b & std::byte{0x01}) == std::byte{0};
    high |= (b & std::byte{0x80}) == std::byte{0};
  }
  EXPECT_TRUE(low && high);
  ASSERT_TRUE(flash_.erase(0, kFlashSector));
  for (int i = 0; i < 32; ++i) EXPECT_TRUE(all_are(read(64, 64), kErased));
}

TEST_F(NorFaults, MarksOutsideTheFlashAreIgnored) {
  flash_.mark_stuck(1'000'000);
  mark_weak(1'000'000);
  flash_.mark_unstable(UINT32_MAX, 0xFF);
  EXPECT_THAT(flash_.weak_sectors(), IsEmpty());
}

}  // namespace
}  // namespace updraft::sim
