#include "engine/pipeline/slot_ledger.hpp"

#include <optional>

#include <gtest/gtest.h>

#include "engine/format/crc32.hpp"
#include "sim/nor_flash.hpp"

namespace updraft::pipeline {
namespace {

using State = SlotLedger::State;

constexpr std::uint32_t kFirst = 2;
constexpr std::uint32_t kSlotBytes = 4 * kFlashBlock;

SlotLedger::Identity identity(int n) {
  SlotLedger::Identity digest{};
  digest[0] = static_cast<std::byte>(n);
  return digest;
}

SlotLedger::Checks checks(std::uint32_t n) {
  SlotLedger::Checks checks;
  for (std::uint32_t i = 0; i < checks.size(); ++i) checks[i] = n * 100 + i;
  return checks;
}

std::optional<std::uint32_t> check_of(SlotLedger& ledger, std::uint32_t sector) {
  SlotLedger::Checks found;
  const std::uint16_t known = ledger.load(sector / kSectorsPerBlock, found);
  const std::uint32_t index = sector % kSectorsPerBlock;
  if ((known >> index & 1u) == 0) return std::nullopt;
  return found[index];
}

class SlotLedgerTest : public testing::Test {
 protected:
  // What the next start finds.
  SlotLedger reopened(std::uint8_t slot = 1) {
    SlotLedger ledger(flash, kFirst);
    ledger.open(slot, kSlotBytes, scratch);
    return ledger;
  }
  std::vector<std::byte> cells = std::vector<std::byte>(8 * kFlashSector, std::byte{0xFF});
  std::array<std::byte, kFlashSector> scratch{};
  sim::VirtualClock clock;
  sim::NorFlash flash{cells, clock, {.seed = 3}};
};

TEST_F(SlotLedgerTest, StartsUntouched) {
  SlotLedger ledger = reopened();
  EXPECT_EQ(ledger.state(), State::untouched);
  EXPECT_EQ(ledger.doubtful_to(), 0u) << "a slot that nobody wrote is taken as it reads";
  EXPECT_EQ(check_of(ledger, 0), std::nullopt);
}

TEST_F(SlotLedgerTest, RemembersAnUpdateBlockByBlock) {
  SlotLedger ledger = reopened();
  ledger.begin({identity(1), 5000, 0, 0});
  ledger.append(checks(1));
  ledger.append(checks(2));
  SlotLedger later = reopened();
  EXPECT_EQ(later.state(), State::interrupted);
  EXPECT_EQ(later.update().identity, identity(1));
  EXPECT_EQ(later.update().payload_size, 5000u);
  EXPECT_EQ(later.good_to(), 2 * kFlashBlock);
  EXPECT_EQ(later.doubtful_from(), 2 * kFlashBlock);
  EXPECT_EQ(later.doubtful_to(), 3 * kFlashBlock);
  EXPECT_EQ(check_of(later, 0), 100u);
  EXPECT_EQ(check_of(later, 17), 201u);
  EXPECT_EQ(check_of(later, 3), 103u) << "in any order";
  EXPECT_EQ(check_of(later, 32), std::nullopt);
  later.go_on();
  later.append(checks(3));
  later.complete(2 * kFlashBlock + 10);
  SlotLedger in_the_end = reopened();
  EXPECT_EQ(in_the_end.state(), State::complete);
  EXPECT_EQ(in_the_end.image_bytes(), 2 * kFlashBlock + 10);
  EXPECT_EQ(in_the_end.doubtful_from(), in_the_end.doubtful_to());
  EXPECT_EQ(check_of(in_the_end, 32), 300u);
  EXPECT_EQ(check_of(in_the_end, 33), std::nullopt) << "nothing is known after the image";
}

TEST_F(SlotLedgerTest, KeepsTheDoubtsOfAnInterruptedUpdateInTheNext) {
  SlotLedger ledger = reopened();
  ledger.begin({identity(1), 0, kFlashBlock, 0});
  ledger.append(checks(1));
  SlotLedger other = reopened();
  ASSERT_EQ(other.doubtful_to(), 3 * kFlashBlock);
  other.begin({identity(2), 0, 0, other.doubtful_to()});
  EXPECT_EQ(reopened().doubtful_from(), 0u);
  EXPECT_EQ(reopened().doubtful_to(), 3 * kFlashBlock);
  other.append(checks(1));
  other.complete(1000);
  EXPECT_EQ(reopened().doubtful_from(), kFlashSector) << "the short image ends before the doubts";
  EXPECT_EQ(reopened().doubtful_to(), 3 * kFlashBlock);
}

TEST_F(SlotLedgerTest, TakesOverTheRecordsOfBlocksThatStay) {
  SlotLedger ledger = reopened();
  ledger.begin({identity(1), 0, 0, 0});
  for (std::uint32_t i = 0; i < 3; ++i) ledger.append(checks(i));
  ledger.complete(3 * kFlashBlock);
  SlotLedger next = reopened();
  next.begin({identity(2), 0, 2 * kFlashBlock, 0});
  EXPECT_EQ(check_of(next, 32), 200u) << "what was known before is still known";
  next.append(checks(7));
  next.complete(3 * kFlashBlock);
  SlotLedger later = reopened();
  EXPECT_EQ(check_of(later, 0), 0u);
  EXPECT_EQ(check_of(later, 16), 100u);
  EXPECT_EQ(check_of(later, 32), 700u);
}

TEST_F(SlotLedgerTest, DoubtsBelieveNothing) {
  SlotLedger ledger = reopened();
  ledger.begin({identity(1), 0, 0, 0});
  ledger.complete(1000);
  ledger.begin({identity(2), 0, 0, 0});
  ledger.complete(1000);
  ledger.doubt();
  EXPECT_EQ(reopened().state(), State::damaged);
  EXPECT_EQ(reopened().doubtful_from(), 0u);
  EXPECT_EQ(reopened().doubtful_to(), UINT32_MAX);
  SlotLedger after = reopened();
  after.begin({identity(3), 0, 0, after.doubtful_to()});
  EXPECT_EQ(reopened().state(), State::interrupted);
}

TEST_F(SlotLedgerTest, LedgersOfTwoSlotsDoNotMeet) {
  SlotLedger first = reopened(0);
  SlotLedger second = reopened(1);
  first.begin({identity(1), 0, 0, 0});
  second.begin({identity(2), 0, 0, 0});
  EXPECT_EQ(reopened(0).update().identity, identity(1));
  EXPECT_EQ(reopened(1).update().identity, identity(2));
}

TEST_F(SlotLedgerTest, IsAbsentWhereThereIsNoRoom) {
  SlotLedger ledger(flash, kFirst);
  ledger.open(3, kSlotBytes, scratch);
  EXPECT_EQ(ledger.state(), State::absent);
  EXPECT_EQ(ledger.doubtful_to(), UINT32_MAX);
  const std::uint64_t operations = flash.operations();
  ledger.begin({identity(1), 0, 0, 0});
  ledger.append(checks(0));
  ledger.complete(1);
  ledger.doubt();
  EXPECT_EQ(flash.operations(), operations);
}

TEST_F(SlotLedgerTest, AWornSectorCostsTheMemoryAndNotTheUpdate) {
  SlotLedger ledger = reopened();
  ledger.begin({identity(1), 0, 0, 0});
  ledger.append(checks(0));
  ledger.complete(kFlashBlock);
  flash.mark_stuck(kFirst + 3);  // its other copy
  SlotLedger next = reopened();
  next.begin({identity(2), 0, 0, 0});
  EXPECT_EQ(next.state(), State::absent);
  EXPECT_EQ(reopened().state(), State::damaged) << "what was known does not hold any more";
}

// Damage of any byte of any record: the record is ignored, never read as another one.
TEST_F(SlotLedgerTest, AnyFlippedBitIsNoticed) {
  SlotLedger ledger = reopened();
  ledger.begin({identity(1), 0, 0, 0});
  ledger.append(checks(1));
  ledger.complete(kFlashBlock);
  const std::uint32_t copy = (kFirst + 2) * kFlashSector;
  for (std::size_t bit = 0; bit < 3 * kLedgerRecordBytes * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1u << bit % 8);
    cells[copy + bit / 8] ^= mask;
    SlotLedger seen = reopened();
    const std::size_t record = bit / 8 / kLedgerRecordBytes;
    if (record == 0) {
      ASSERT_EQ(seen.state(), State::damaged) << bit;
    }
    if (record == 1) {
      ASSERT_EQ(check_of(seen, 0), std::nullopt) << bit;
    }
    if (record == 2) {
      ASSERT_EQ(seen.state(), State::interrupted) << bit;
    }
    cells[copy + bit / 8] ^= mask;
  }
}

// Of a newer layout, whichever copy it is in; the other one holds what this library wrote earlier.
class NewerLedger : public SlotLedgerTest, public testing::WithParamInterface<std::uint32_t> {
 protected:
  NewerLedger() {
    SlotLedger ledger = reopened();
    for (std::uint32_t i = 0; i < 3u - GetParam(); ++i) {  // in copy 0, 1, 0
      const std::uint32_t other = 1 - i % 2;
      if (i > 0) ledger.open(1, kSlotBytes, scratch);
      const std::vector<std::byte> older = cells;
      ledger.begin({identity(1), 0, 0, 0});
      ledger.append(checks(1));
      ledger.complete(kFlashBlock);
      // Not voided yet, as a cut right after the new header leaves it.
      std::copy_n(older.begin() + header(other), kLedgerRecordBytes, cells.begin() + header(other));
    }
    const MutableBytes bytes = MutableBytes(cells).subspan(header(GetParam()), kLedgerRecordBytes);
    bytes[28] = std::byte{kLedgerLayout + 1};
    store_le32(bytes, kLedgerRecordBytes - 4, format::crc32(bytes.first(kLedgerRecordBytes - 4)));
  }
  static std::uint32_t header(std::uint32_t copy) { return (kFirst + 2 + copy) * kFlashSector; }
};

TEST_P(NewerLedger, IsNotReadAndNotTouchedBeforeTheSlotIsChanged) {
  const std::vector<std::byte> before = cells;
  SlotLedger ledger = reopened();
  EXPECT_EQ(ledger.state(), State::foreign);
  EXPECT_EQ(ledger.doubtful_from(), 0u);
  EXPECT_EQ(ledger.doubtful_to(), UINT32_MAX);
  EXPECT_EQ(check_of(ledger, 0), std::nullopt);
  ledger.append(checks(2));
  ledger.complete(kFlashBlock);
  ledger.doubt();
  EXPECT_EQ(cells, before);
}

// Cut at every operation: the valid ledger is still the newer library's, or it is this library's;
// the older copy never becomes valid again.
TEST_P(NewerLedger, IsReplacedAsAWhole) {
  const std::vector<std::byte> before = cells;
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = 0;; ++at) {
      cells = before;
      sim::NorFlash cut_flash(cells, clock, {.seed = at + 1});
      SlotLedger ledger(cut_flash, kFirst);
      ledger.open(1, kSlotBytes, scratch);
      cut_flash.cut_power_at(at, how);
      ledger.begin({identity(2), 0, 0, ledger.doubtful_to()});
      const bool was_cut = !cut_flash.powered();
      cut_flash.power_on();
      SlotLedger seen(cut_flash, kFirst);
      seen.open(1, kSlotBytes, scratch);
      ASSERT_EQ(seen.doubtful_to(), UINT32_MAX) << at;
      if (seen.state() == State::interrupted) {
        ASSERT_EQ(seen.update().identity, identity(2)) << at;
      } else if (seen.state() != State::damaged) {
        ASSERT_EQ(seen.state(), State::foreign) << at;
      }
      if (!was_cut) {
        ASSERT_EQ(seen.state(), State::interrupted);
        break;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Copies, NewerLedger, testing::Values(0u, 1u));

// An interrupted update, then another, with the power cut at every operation of the ledger: what it
// says afterwards was true before the cut or would have been after it.
TEST_F(SlotLedgerTest, IsTrueAtEveryCut) {
  const auto story = [](SlotLedger& ledger) {
    ledger.begin({identity(2), 0, 0, ledger.doubtful_to()});
    ledger.append(checks(5));
    ledger.complete(kFlashBlock);
  };
  SlotLedger first = reopened();
  first.begin({identity(1), 0, 0, 0});
  first.append(checks(1));
  const std::vector<std::byte> before = cells;
  std::uint64_t cuts = 0;
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = 0;; ++at) {
      cells = before;
      sim::NorFlash cut_flash(cells, clock, {.seed = at + 1});
      SlotLedger ledger(cut_flash, kFirst);
      ledger.open(1, kSlotBytes, scratch);
      cut_flash.cut_power_at(at, how);
      story(ledger);
      const bool was_cut = !cut_flash.powered();
      cut_flash.power_on();
      SlotLedger seen(cut_flash, kFirst);
      seen.open(1, kSlotBytes, scratch);
      ASSERT_NE(seen.state(), State::untouched) << at;
      if (seen.state() == State::complete) {
        ASSERT_EQ(check_of(seen, 0), 500u);
      }
      if (seen.state() == State::interrupted && seen.update().identity == identity(1)) {
        ASSERT_EQ(seen.good_to(), kFlashBlock);
      }
      if (seen.state() != State::complete) {
        ASSERT_GE(seen.doubtful_to(), 2 * kFlashBlock);
      }
      if (!was_cut) break;
      ++cuts;
    }
  }
  EXPECT_GT(cuts, 16u);
}

}  // namespace
}  // namespace updraft::pipeline
