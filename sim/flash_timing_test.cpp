#include "sim/flash_timing.hpp"

#include <set>

#include <gtest/gtest.h>

#include "sim/nor_flash.hpp"

namespace updraft::sim {
namespace {

using namespace std::chrono_literals;

TEST(FlashTiming, HasEveryProfileOnceAndFindsItByName) {
  std::set<std::string_view> names;
  for (const FlashTiming& timing : flash_timings()) {
    EXPECT_TRUE(names.insert(timing.name).second) << timing.name;
    EXPECT_EQ(find_flash_timing(timing.name), &timing);
  }
  for (const char* name : {"none", "w25q32jv", "w25q32jv-max", "w25q64jv", "w25q128jv", "gd25q32c",
                           "gd25q127-max", "xm25qh128a", "xm25qh32", "xt25f08b", "is25lp032d",
                           "is25lp032d-max", "w25x40", "w25x40-max"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
  EXPECT_EQ(find_flash_timing("W25Q32JV"), nullptr);
}

TEST(FlashTiming, AFullPageTakes52MicrosecondsToTransfer) {
  const FlashTiming& timing = *find_flash_timing("w25q32jv");
  EXPECT_EQ(timing.program_time(kFlashPage), 400us + 52us);
}

// The sums of spec/esp32.md section 5.3, for 1 MiB on a W25Q32JV.
class OneMebibyte : public testing::Test {
 protected:
  static constexpr std::uint32_t kSize = 1024 * 1024;
  NorFlash flash(bool blocks) {
    return {cells_, clock_, {.timing = *find_flash_timing("w25q32jv"), .blocks = blocks}};
  }
  std::vector<std::byte> cells_ = std::vector<std::byte>(kSize);
  VirtualClock clock_;
};

TEST_F(OneMebibyte, ErasesBySectorsIn256Times45Milliseconds) {
  NorFlash nor = flash(false);
  ASSERT_TRUE(nor.erase(0, kSize));
  EXPECT_EQ(clock_.now(), 256 * 45ms);
  EXPECT_EQ(nor.stats().erase_sector.count, 256);
  EXPECT_EQ(nor.stats().longest_call, 256 * 45ms);  // one call: the CPU was blocked all the time
}

TEST_F(OneMebibyte, ErasesByBlocksIn16Times150Milliseconds) {
  NorFlash nor = flash(true);
  ASSERT_TRUE(nor.erase(0, kSize));
  EXPECT_EQ(clock_.now(), 16 * 150ms);
  EXPECT_EQ(nor.stats().erase_block.count, 16);
  EXPECT_EQ(nor.stats().erase_sector.count, 0);
}

TEST_F(OneMebibyte, ProgramsIn4096PagesAndTheirTransfer) {
  NorFlash nor = flash(true);
  ASSERT_TRUE(nor.program(0, std::vector<std::byte>(kSize)));
  EXPECT_EQ(clock_.now(), 4096 * (400us + 52us));
  EXPECT_EQ(nor.stats().program.count, 4096);
  EXPECT_EQ(nor.stats().program.bytes, kSize);
}

TEST_F(OneMebibyte, ReadsAt20MegabytesPerSecond) {
  NorFlash nor = flash(true);
  std::vector<std::byte> out(kSize);
  ASSERT_TRUE(nor.read(0, out));
  EXPECT_EQ(clock_.now(), kSize * 50ns);
  EXPECT_EQ(nor.stats().read.time, nor.stats().total_time());
}

}  // namespace
}  // namespace updraft::sim
