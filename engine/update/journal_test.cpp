#include "engine/update/journal.hpp"

#include <gtest/gtest.h>

#include "sim/nor_flash.hpp"

namespace updraft {
namespace {

crypto::Sha256Digest digest(int n) {
  return crypto::sha256(as_bytes("image " + std::to_string(n)));
}

class JournalTest : public testing::Test {
 protected:
  std::vector<std::byte> cells = std::vector<std::byte>(2 * kFlashSector, std::byte{0xFF});
  sim::VirtualClock clock;
  sim::NorFlash flash{cells, clock};
};

TEST_F(JournalTest, RemembersAcrossReboots) {
  {
    Journal journal(flash);
    ASSERT_TRUE(journal.open().has_value());
    EXPECT_FALSE(journal.is_refused(digest(1)));
    ASSERT_TRUE(journal.refuse(digest(1)).has_value());
  }
  Journal journal(flash);
  ASSERT_TRUE(journal.open().has_value());
  EXPECT_TRUE(journal.is_refused(digest(1)));
  EXPECT_FALSE(journal.is_refused(digest(2)));
}

TEST_F(JournalTest, KnowsOneTrialAtATime) {
  Journal journal(flash);
  ASSERT_TRUE(journal.open().has_value());
  EXPECT_EQ(journal.trial(), std::nullopt);
  ASSERT_TRUE(journal.begin_trial(digest(1)).has_value());
  ASSERT_TRUE(journal.begin_trial(digest(2)).has_value());
  EXPECT_EQ(journal.trial(), digest(2));
  ASSERT_TRUE(journal.keep(digest(2)).has_value());
  EXPECT_EQ(journal.trial(), std::nullopt);
  ASSERT_TRUE(journal.begin_trial(digest(3)).has_value());
  ASSERT_TRUE(journal.refuse(digest(3)).has_value());
  EXPECT_EQ(journal.trial(), std::nullopt);
  EXPECT_TRUE(journal.is_refused(digest(3)));
}

TEST_F(JournalTest, CountsExcusesUntilTheImageIsKept) {
  Journal journal(flash);
  ASSERT_TRUE(journal.open().has_value());
  for (std::size_t n = 0; n < 3; ++n) {
    EXPECT_EQ(journal.excuses(digest(1)), n);
    ASSERT_TRUE(journal.begin_trial(digest(1)).has_value());
    ASSERT_TRUE(journal.excuse(digest(1)).has_value());
  }
  EXPECT_EQ(journal.excuses(digest(2)), 0u);
  ASSERT_TRUE(journal.keep(digest(1)).has_value());
  EXPECT_EQ(journal.excuses(digest(1)), 0u);
}

TEST_F(JournalTest, CarriesAnOpenTrialIntoTheNextSector) {
  Journal journal(flash);
  ASSERT_TRUE(journal.open().has_value());
  ASSERT_TRUE(journal.refuse(digest(7)).has_value());
  for (int n = 0; n < 200; ++n) {
    ASSERT_TRUE(journal.begin_trial(digest(n)).has_value());
    Journal after_reboot(flash);
    ASSERT_TRUE(after_reboot.open().has_value());
    ASSERT_EQ(after_reboot.trial(), digest(n));
    ASSERT_TRUE(after_reboot.is_refused(digest(7)));
  }
}

TEST_F(JournalTest, ForgetsTheOldestAndNeverFillsUp) {
  Journal journal(flash);
  ASSERT_TRUE(journal.open().has_value());
  for (int n = 0; n < 500; ++n) {
    ASSERT_TRUE(journal.refuse(digest(n)).has_value()) << n;
    for (int old = std::max(0, n - static_cast<int>(kRememberedImages) + 1); old <= n; ++old) {
      ASSERT_TRUE(journal.is_refused(digest(old))) << n << ": " << old;
    }
    if (n >= static_cast<int>(kRememberedImages)) {
      ASSERT_FALSE(journal.is_refused(digest(n - static_cast<int>(kRememberedImages))));
    }
  }
  // 500 records of 64 bytes: each sector is erased once for the 63 - 8 places it gains.
  for (const std::uint32_t erases : flash.stats().erases_per_sector) EXPECT_LE(erases, 5u);
}

TEST_F(JournalTest, StartsOverFromAnyGarbage) {
  for (const int content : {0x00, 0x5A, 0xFF}) {
    std::fill(cells.begin(), cells.end(), static_cast<std::byte>(content));
    Journal journal(flash);
    ASSERT_TRUE(journal.open().has_value());
    ASSERT_TRUE(journal.refuse(digest(1)).has_value());
    EXPECT_TRUE(journal.is_refused(digest(1)));
  }
}

TEST_F(JournalTest, AFlippedBitCostsOnlyItsRecord) {
  Journal journal(flash);
  ASSERT_TRUE(journal.open().has_value());
  ASSERT_TRUE(journal.refuse(digest(1)).has_value());
  ASSERT_TRUE(journal.refuse(digest(2)).has_value());
  cells[kJournalRecordBytes + 20] ^= std::byte{1};  // in the first record after the header
  Journal again(flash);
  ASSERT_TRUE(again.open().has_value());
  EXPECT_FALSE(again.is_refused(digest(1)));
  EXPECT_TRUE(again.is_refused(digest(2)));
}

// Cut at every operation, in every way, while 130 digests go in (two changes of sector): what was
// acknowledged before the cut is still known after it, and the journal goes on.
TEST_F(JournalTest, SurvivesEveryPowerCut) {
  std::uint64_t cuts = 0;
  for (const sim::Cut how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = 0;; ++at) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at operation " + std::to_string(at));
      std::fill(cells.begin(), cells.end(), std::byte{0xFF});
      sim::NorFlash chip(cells, clock, {.seed = at + 1});
      chip.cut_power_at(at, how);
      int known = -1;
      Journal journal(chip);
      if (journal.open()) {
        for (int n = 0; n < 130 && journal.refuse(digest(n)); ++n) known = n;
      }
      if (chip.powered()) break;
      ++cuts;
      chip.power_on();
      Journal after(chip);
      ASSERT_TRUE(after.open().has_value());
      const int oldest = std::max(0, known - static_cast<int>(kRememberedImages) + 2);
      for (int n = oldest; n <= known; ++n) ASSERT_TRUE(after.is_refused(digest(n))) << n;
      ASSERT_TRUE(after.refuse(digest(1000)).has_value());
      ASSERT_TRUE(after.is_refused(digest(1000)));
    }
  }
  std::printf("journal: %llu power cuts survived\n", static_cast<unsigned long long>(cuts));
}

}  // namespace
}  // namespace updraft
