#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/all_are.hpp"
#include "sim/nor_flash.hpp"

namespace updraft::sim {
namespace {

using testing::AllOf;
using testing::Contains;

constexpr std::byte kOld{0x3C};
constexpr std::byte kNew{0x0F};
constexpr std::byte kBoth = kOld & kNew;
constexpr std::byte kErased{0xFF};

class PowerCut : public testing::Test {
 protected:
  NorFlash flash(std::uint64_t seed = 1) { return {cells_, clock_, {.seed = seed}}; }
  // Cuts the power during the first program of a page, or the erase of one unit.
  void cut_program(Cut cut, std::uint64_t seed = 1) {
    std::ranges::fill(cells_, kOld);
    NorFlash nor = flash(seed);
    nor.cut_power_at(0, cut);
    EXPECT_FALSE(nor.program(0, std::vector<std::byte>(2 * kFlashPage, kNew)));
    EXPECT_TRUE(all_are(MutableBytes(cells_).subspan(kFlashPage), kOld));
  }
  void cut_erase(Cut cut, std::uint64_t seed = 1) {
    std::ranges::fill(cells_, kOld);
    NorFlash nor = flash(seed);
    nor.cut_power_at(0, cut);
    EXPECT_FALSE(nor.erase(0, 2 * kFlashSector));
    weak_ = nor.weak_sectors();
    EXPECT_TRUE(all_are(MutableBytes(cells_).subspan(kFlashSector), kOld));
  }
  MutableBytes page() { return MutableBytes(cells_).first(kFlashPage); }
  MutableBytes sector() { return MutableBytes(cells_).first(kFlashSector); }

  std::vector<std::byte> cells_ = std::vector<std::byte>(2 * kFlashBlock, kOld);
  std::vector<std::uint32_t> weak_;
  VirtualClock clock_;
};

TEST_F(PowerCut, BeforeLeavesEverythingAsItWas) {
  cut_program(Cut::before);
  EXPECT_TRUE(all_are(page(), kOld));
  cut_erase(Cut::before);
  EXPECT_TRUE(all_are(sector(), kOld));
}

TEST_F(PowerCut, AfterLeavesTheOperationComplete) {
  cut_program(Cut::after);
  EXPECT_TRUE(all_are(page(), kBoth));
  cut_erase(Cut::after);
  EXPECT_TRUE(all_are(sector(), kErased));
  EXPECT_TRUE(weak_.empty());
}

TEST_F(PowerCut, TornPrefixProgramsTheFirstBytes) {
  cut_program(Cut::torn_prefix);
  const auto border = std::ranges::find(page(), kOld);
  EXPECT_TRUE(std::all_of(page().begin(), border, [](std::byte b) { return b == kBoth; }));
  EXPECT_TRUE(std::all_of(border, page().end(), [](std::byte b) { return b == kOld; }));
}

TEST_F(PowerCut, TornBitsClearsSomeOfTheBitsToClear) {
  cut_program(Cut::torn_bits);
  for (const std::byte b : page()) {
    EXPECT_EQ(b & kOld, b) << "a bit was set";
    EXPECT_EQ(b & kBoth, kBoth) << "a bit was cleared that should stay";
  }
  EXPECT_THAT(page(), Contains(testing::Ne(kOld)));
  EXPECT_THAT(page(), Contains(testing::Ne(kBoth)));
}

TEST_F(PowerCut, TornEraseCanLeaveAllZero) {
  cut_erase(Cut::torn_zeroed);
  EXPECT_TRUE(all_are(sector(), std::byte{0}));
}

TEST_F(PowerCut, TornEraseCanLeaveAMixOnWeakCells) {
  cut_erase(Cut::torn_mix);
  EXPECT_THAT(sector(), AllOf(Contains(kOld), Contains(kErased), Contains(std::byte{0})));
  EXPECT_EQ(weak_, std::vector<std::uint32_t>{0});
}

TEST_F(PowerCut, TornErasesABlockAsAWhole) {
  NorFlash nor = flash();
  nor.cut_power_at(0, Cut::torn_zeroed);
  EXPECT_FALSE(nor.erase(0, kFlashBlock));
  EXPECT_TRUE(all_are(MutableBytes(cells_).first(kFlashBlock), std::byte{0}));
}

TEST_F(PowerCut, TornTakesEveryWayBySeed) {
  bool untouched = false, zeroed = false, mixed = false, prefix = false, bits = false;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    cut_erase(Cut::torn, seed);
    untouched |= std::ranges::count(sector(), kOld) == kFlashSector;
    zeroed |= std::ranges::count(sector(), std::byte{0}) == kFlashSector;
    mixed |= !weak_.empty();
    cut_program(Cut::torn, seed);
    const auto done = std::ranges::count(page(), kBoth);
    const auto left = std::ranges::count(page(), kOld);
    prefix |= done + left == kFlashPage && done > 0 && page()[0] == kBoth;
    bits |= done + left < kFlashPage;
  }
  EXPECT_TRUE(untouched && zeroed && mixed && prefix && bits);
}

TEST_F(PowerCut, WeakEraseReadsErasedButNotReliably) {
  cut_erase(Cut::weak);
  EXPECT_TRUE(all_are(sector(), kErased));
  EXPECT_EQ(weak_, std::vector<std::uint32_t>{0});
}

TEST_F(PowerCut, LetsOperationsPassUntilItsTurn) {
  NorFlash nor = flash();
  nor.cut_power_at(2, Cut::before);
  EXPECT_TRUE(nor.erase(0, kFlashSector));
  EXPECT_TRUE(nor.program(0, std::vector<std::byte>(1)));
  EXPECT_FALSE(nor.program(1, std::vector<std::byte>(1)));
  EXPECT_EQ(cells_[0], std::byte{0});
  EXPECT_EQ(cells_[1], kErased);
  EXPECT_EQ(nor.operations(), 3);
}

TEST_F(PowerCut, EverythingFailsUntilPowerOn) {
  NorFlash nor = flash();
  nor.cut_power();
  std::array<std::byte, 1> one{};
  for (const Result<>& result :
       {nor.read(0, one), nor.program(0, one), nor.erase(0, kFlashSector)}) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::flash);
  }
  EXPECT_FALSE(nor.powered());
  nor.power_on();
  EXPECT_TRUE(nor.read(0, one));
}

TEST_F(PowerCut, PowerOnForgetsAnArmedCut) {
  NorFlash nor = flash();
  nor.cut_power_at(0, Cut::before);
  nor.power_on();
  EXPECT_TRUE(nor.erase(0, kFlashSector));
}

TEST_F(PowerCut, CallsBackWhenTheDamageIsDone) {
  NorFlash nor = flash();
  std::byte seen{0};
  nor.on_cut([&] { seen = cells_[0]; });
  nor.cut_power_at(0, Cut::after);
  EXPECT_FALSE(nor.erase(0, kFlashSector));
  EXPECT_EQ(seen, kErased);
}

TEST_F(PowerCut, IsTheSameForTheSameSeed) {
  cut_erase(Cut::torn_mix, 42);
  const std::vector<std::byte> first = cells_;
  cut_erase(Cut::torn_mix, 42);
  EXPECT_EQ(cells_, first);
  cut_erase(Cut::torn_mix, 43);
  EXPECT_NE(cells_, first);
}

}  // namespace
}  // namespace updraft::sim
