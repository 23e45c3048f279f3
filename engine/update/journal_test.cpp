#include "engine/update/journal.hpp"

#include <gtest/gtest.h>

#include "sim/nor_flash.hpp"

namespace updraft {
namespace {

crypto::Sha256Digest digest(int n) {
  return crypto::sha256(as_bytes("image " + std::to_string(n)));
}

Result<> mark_failed(Journal& journal, const crypto::Sha256Digest& image) {
  return journal.remember({image, RolledBack::failed}, ImageName{});
}
bool is_failed(Journal& journal, const crypto::Sha256Digest& image) {
  const auto known = journal.remembered(image);
  return known && known->why == RolledBack::failed;
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
    EXPECT_FALSE(is_failed(journal, digest(1)));
    ASSERT_TRUE(mark_failed(journal, digest(1)).has_value());
  }
  Journal journal(flash);
  ASSERT_TRUE(journal.open().has_value());
  EXPECT_TRUE(is_failed(journal, digest(1)));
  EXPECT_FALSE(is_failed(journal, digest(2)));
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
  ASSERT_TRUE(mark_failed(journal, digest(3)).has_value());
  EXPECT_EQ(journal.trial(), std::nullopt);
  EXPECT_TRUE(is_failed(journal, digest(3)));
}

TEST_F(JournalTest, RemembersWhyUntilTheImageIsLetIn) {
  const ImageName head{std::byte{1}};
  {
    Journal journal(flash);
    ASSERT_TRUE(journal.open().has_value());
    ASSERT_TRUE(journal.begin_trial(digest(1)).has_value());
    ASSERT_TRUE(journal.remember({digest(1), RolledBack::went_back}, head).has_value());
    ASSERT_TRUE(mark_failed(journal, digest(2)).has_value());
    EXPECT_EQ(journal.trial(), std::nullopt);
  }
  Journal journal(flash);
  ASSERT_TRUE(journal.open().has_value());
  EXPECT_EQ(journal.remembered(digest(1)).value().why, RolledBack::went_back);
  EXPECT_EQ(journal.remembered(head, Journal::NameOf::head).value().image, digest(1));
  EXPECT_FALSE(journal.remembered(ImageName{std::byte{2}}, Journal::NameOf::head).has_value());
  std::array<Remembered, kRememberedImages> known;
  ASSERT_EQ(journal.list(known), 2u);
  EXPECT_EQ(known[0].image, digest(1));
  EXPECT_EQ(known[1].why, RolledBack::failed);
  ASSERT_TRUE(mark_failed(journal, digest(1)).has_value());
  EXPECT_EQ(journal.remembered(digest(1)).value().why, RolledBack::failed)
      << "the last word counts";
  ASSERT_TRUE(journal.begin_trial(digest(3)).has_value());
  ASSERT_TRUE(journal.let_in(digest(1)).has_value());
  EXPECT_FALSE(journal.remembered(digest(1)).has_value());
  EXPECT_EQ(journal.remembered(digest(2)).value().why, RolledBack::failed);
  EXPECT_EQ(journal.trial(), digest(3)) << "which is another image's";
}

TEST_F(JournalTest, BothReasonsShareOneList) {
  Journal journal(flash);
  ASSERT_TRUE(journal.open().has_value());
  for (int n = 0; n < 9; ++n) {
    const auto why = n % 2 == 0 ? RolledBack::went_back : RolledBack::failed;
    ASSERT_TRUE(journal.remember({digest(n), why}, ImageName{}).has_value());
  }
  EXPECT_FALSE(journal.remembered(digest(0)).has_value()) << "the oldest is forgotten";
  EXPECT_EQ(journal.remembered(digest(1)).value().why, RolledBack::failed);
  EXPECT_EQ(journal.remembered(digest(8)).value().why, RolledBack::went_back);
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
  ASSERT_TRUE(mark_failed(journal, digest(7)).has_value());
  for (int n = 0; n < 200; ++n) {
    ASSERT_TRUE(journal.begin_trial(digest(n)).has_value());
    Journal after_reboot(flash);
    ASSERT_TRUE(after_reboot.open().has_value());
    ASSERT_EQ(after_reboot.trial(), digest(n));
    ASSERT_TRUE(is_failed(after_reboot, digest(7)));
  }
}

TEST_F(JournalTest, ForgetsTheOldestAndNeverFillsUp) {
  Journal journal(flash);
  ASSERT_TRUE(journal.open().has_value());
  for (int n = 0; n < 500; ++n) {
    ASSERT_TRUE(mark_failed(journal, digest(n)).has_value()) << n;
    for (int old = std::max(0, n - static_cast<int>(kRememberedImages) + 1); old <= n; ++old) {
      ASSERT_TRUE(is_failed(journal, digest(old))) << n << ": " << old;
    }
    if (n >= static_cast<int>(kRememberedImages)) {
      ASSERT_FALSE(is_failed(journal, digest(n - static_cast<int>(kRememberedImages))));
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
    ASSERT_TRUE(mark_failed(journal, digest(1)).has_value());
    EXPECT_TRUE(is_failed(journal, digest(1)));
  }
}

// Wherever it is: it makes no other image of the one that was remembered, and no trial.
TEST_F(JournalTest, AFlippedBitCostsOnlyItsRecord) {
  Journal journal(flash);
  ASSERT_TRUE(journal.open().has_value());
  ASSERT_TRUE(mark_failed(journal, digest(1)).has_value());
  ASSERT_TRUE(mark_failed(journal, digest(2)).has_value());
  for (std::size_t bit = 0; bit < 8 * kJournalRecordBytes; ++bit) {
    SCOPED_TRACE(bit);
    std::byte& cell = cells[kJournalRecordBytes + bit / 8];  // the first record after the header
    const std::byte flip{static_cast<std::uint8_t>(1u << bit % 8)};
    cell ^= flip;
    Journal again(flash);
    ASSERT_TRUE(again.open().has_value());
    std::array<Remembered, kRememberedImages> known;
    ASSERT_EQ(again.list(known), 1u);
    EXPECT_EQ(known[0].image, digest(2));
    EXPECT_EQ(again.trial(), std::nullopt);
    cell ^= flip;
  }
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
        for (int n = 0; n < 130 && mark_failed(journal, digest(n)); ++n) known = n;
      }
      if (chip.powered()) break;
      ++cuts;
      chip.power_on();
      Journal after(chip);
      ASSERT_TRUE(after.open().has_value());
      const int oldest = std::max(0, known - static_cast<int>(kRememberedImages) + 2);
      for (int n = oldest; n <= known; ++n) ASSERT_TRUE(is_failed(after, digest(n))) << n;
      ASSERT_TRUE(mark_failed(after, digest(1000)).has_value());
      ASSERT_TRUE(is_failed(after, digest(1000)));
    }
  }
  std::printf("journal: %llu power cuts survived\n", static_cast<unsigned long long>(cuts));
}

}  // namespace
}  // namespace updraft
