#include "engine/rescue/boot_counter.hpp"

#include <gtest/gtest.h>

#include "engine/rescue/rescue_memory.hpp"
#include "sim/nor_flash.hpp"

namespace updraft {
namespace {

class BootCounterTest : public testing::Test {
 protected:
  std::vector<std::byte> cells = std::vector<std::byte>(2 * kFlashSector, std::byte{0xFF});
  sim::VirtualClock clock;
  sim::NorFlash flash{cells, clock};
  BootCounter counter{flash, 0};

  unsigned count() { return counter.count().value_or(99); }
  unsigned counted() { return counter.counted().value_or(99); }
};

TEST_F(BootCounterTest, CountsUntilThePeriodIsOver) {
  EXPECT_EQ(counted(), 0u);
  for (unsigned start = 1; start <= 3; ++start) EXPECT_EQ(count(), start);
  EXPECT_EQ(counted(), 3u) << "it survives the power";
  ASSERT_TRUE(counter.close());
  EXPECT_EQ(counted(), 0u);
  EXPECT_EQ(count(), 1u);
}

TEST_F(BootCounterTest, StaysAtItsMost) {
  for (unsigned start = 0; start < 40; ++start) (void)count();
  EXPECT_EQ(counted(), kMostCounted);
}

TEST_F(BootCounterTest, WritesNothingWhileNothingCounts) {
  for (int period = 0; period < 100; ++period) ASSERT_TRUE(counter.close());
  EXPECT_EQ(flash.operations(), 0u);
}

TEST_F(BootCounterTest, ErasesOnceInAThousandPeriods) {
  for (int period = 0; period < 3000; ++period) {
    ASSERT_EQ(count(), 1u) << period;
    ASSERT_TRUE(counter.close());
  }
  EXPECT_EQ(flash.stats().erase_sector.count, 3u);
}

TEST_F(BootCounterTest, LeavesANewerLayoutAlone) {
  (void)count();
  cells[4] = std::byte{kCounterLayout + 1};
  const auto before = cells;
  EXPECT_FALSE(counter.count());
  EXPECT_EQ(counted(), 0u);
  ASSERT_TRUE(counter.close());
  EXPECT_EQ(cells, before);
}

TEST_F(BootCounterTest, TakesNoOtherWordForMoreStartsThanThereWere) {
  (void)count();
  for (const std::uint32_t word :
       {0xFFFFFFFDu, 0xFFFFFF0Fu, 0xFFFF0000u, 0xFFFEFFF8u, 0x0000FFF8u, 0u}) {
    store_le32(cells, kCounterHead, word);
    EXPECT_EQ(counted(), 0u) << std::hex << word;
  }
}

// At most one more than was counted, and never a start that was not.
TEST_F(BootCounterTest, NoCutMakesMoreOfThem) {
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = 0; at < 12; ++at) {
      for (std::uint64_t seed = 1; seed < 40; ++seed) {
        std::ranges::fill(cells, std::byte{0xFF});
        sim::NorFlash chip(cells, clock, {.seed = seed});
        BootCounter cut(chip, 0);
        chip.cut_power_at(at, how);
        unsigned asked = 0;
        for (int period = 0; period < 3 && chip.powered(); ++period) {
          asked = 0;
          for (int start = 0; start < 2 && chip.powered(); ++start) {
            ++asked;
            (void)cut.count();
          }
          if (chip.powered()) (void)cut.close();
        }
        chip.power_on();
        ASSERT_LE(cut.counted().value_or(99), asked)
            << sim::name(how) << " at " << at << " seed " << seed;
        ASSERT_LT(cut.counted().value_or(99), kBootAttempts);
      }
    }
  }
}

RescueRequest full_request() {
  RescueRequest request;
  request.reason = RescueReason::update;
  request.armed = true;
  request.target = Text<kRequestTarget>(std::string_view("fs:a-label-of-sixtee"));
  request.ran.fill(std::byte{7});
  request.url = Text<kRequestUrl>(std::string_view("https://updates.example.com/lamp/app.bin"));
  return request;
}

TEST(RescueRequestTest, ComesBackAsItWasLeft) {
  EXPECT_EQ(parse_request(make_request(full_request())), full_request());
  EXPECT_EQ(parse_request(make_request({})), RescueRequest{});
}

TEST(RescueRequestTest, IsNoneWithAnyBitWrongOrAnyByteMissing) {
  const RequestRecord sound = make_request(full_request());
  for (std::size_t bit = 0; bit < sound.size() * 8; ++bit) {
    RequestRecord wrong = sound;
    wrong[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    EXPECT_FALSE(parse_request(wrong)) << bit;
  }
  for (std::size_t size = 0; size < sound.size(); ++size) {
    EXPECT_FALSE(parse_request(Bytes(sound).first(size)));
  }
}

TEST_F(BootCounterTest, ARequestIsThereOrNotAtAnyCut) {
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = 0; at < 3; ++at) {
      std::ranges::fill(cells, std::byte{0xFF});
      sim::NorFlash chip(cells, clock, {.seed = at + 1});
      RescueMemory memory(chip);
      chip.cut_power_at(at, how);
      (void)memory.leave(full_request());
      chip.power_on();
      const auto found = memory.request();
      ASSERT_TRUE(!found || found == full_request());
      ASSERT_TRUE(memory.leave(full_request()));
      ASSERT_TRUE(memory.drop());
      ASSERT_FALSE(memory.request());
    }
  }
}

}  // namespace
}  // namespace updraft
