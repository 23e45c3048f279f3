// A library that meets records of a newer one, as after a rollback: it keeps the device working,
// reads nothing of an unknown layout, leaves the journal as it is and replaces a ledger only when
// the slot is changed. docs/decisions/0022-layouts-in-flash.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "updraft/protocols.hpp"
#include "updraft/updater.hpp"

#include "engine/format/crc32.hpp"
#include "engine/update/test_send.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"

namespace updraft {
namespace {

using testing::ElementsAre;
using State = pipeline::SlotLedger::State;

constexpr std::uint8_t kNewer = 2;

std::vector<std::byte> image(const char* version) {
  return sim::make_image({.version = version, .size = 200 * 1024});
}

// Rewrites the header at `at` as a newer library would: its layout, and a checksum that fits.
void make_newer(std::vector<std::byte>& cells, std::size_t at, std::size_t layout,
                std::size_t size) {
  const MutableBytes header = MutableBytes(cells).subspan(at, size);
  header[layout] = std::byte{kNewer};
  store_le32(header, size - 4, format::crc32(Bytes(header).first(size - 4)));
}
void make_newer_journal(std::vector<std::byte>& cells, std::size_t sector) {
  make_newer(cells, sector * kFlashSector, 3, kJournalRecordBytes);
}
void make_newer_ledger(std::vector<std::byte>& cells, std::size_t sector) {
  make_newer(cells, sector * kFlashSector, 28, pipeline::kLedgerRecordBytes);
}

// Its first two sectors do not read.
class WithoutJournal final : public Flash {
 public:
  explicit WithoutJournal(Flash& whole) : whole_(whole) {}
  std::uint32_t size() const override { return whole_.size(); }
  Result<> read(std::uint32_t offset, MutableBytes out) override {
    if (offset < kJournalSectors * kFlashSector) return fail(Code::flash, Where::journal);
    return whole_.read(offset, out);
  }
  Result<> program(std::uint32_t offset, Bytes data) override {
    return whole_.program(offset, data);
  }
  Result<> erase(std::uint32_t offset, std::uint32_t length) override {
    return whole_.erase(offset, length);
  }

 private:
  Flash& whole_;
};

class LayoutTest : public testing::Test {
 protected:
  LayoutTest() { policy.allow_unsigned(kRaw); }

  // A start of the device: what is in RAM is new.
  void restart(StartedBy cause = StartedBy::power) { restart_on(flash, cause); }
  void restart_on(Flash& on, StartedBy cause = StartedBy::power) {
    updater.emplace(boot, &memory.emplace(on), policy, log);
    (void)updater->start(cause);
  }
  std::string send(Bytes payload) {
    return word(send_in_pieces(*updater, payload, 4096, {.scheme = kRaw, .size = payload.size()}));
  }
  State ledger_state() {
    pipeline::SlotLedger seen(flash, kJournalSectors);
    std::array<std::byte, kFlashSector> scratch{};
    seen.open(1, boot.slots[1].size(), scratch);
    return seen.state();
  }

  fakes::FakeBootControl boot;
  fakes::RamFlash flash{6 * kFlashSector, std::byte{0xFF}};
  Policy policy;
  fakes::EventLog log;
  std::optional<UpdateMemory> memory;
  std::optional<Updater> updater;
};

TEST_F(LayoutTest, TheFirstLayoutsAreThese) {
  restart();
  ASSERT_EQ(send(image("1.1.0")), "ok");
  const Bytes journal = Bytes(flash.bytes).first(8);
  EXPECT_TRUE(std::ranges::equal(journal, as_bytes({"UJ\x01\x01\x01\0\0\0", 8})));
  const Bytes ledger = Bytes(flash.bytes).subspan(4 * kFlashSector);  // of slot 1
  EXPECT_TRUE(std::ranges::equal(ledger.first(8), as_bytes({"UL\x01\x01\x01\0\0\0", 8})));
  EXPECT_EQ(ledger[28], std::byte{1});
}

TEST_F(LayoutTest, ANewerJournalIsNeitherReadNorWritten) {
  Journal journal(flash);
  ASSERT_TRUE(journal.open());
  const crypto::Sha256Digest digest = crypto::sha256(as_bytes("an image"));
  ASSERT_TRUE(journal.remember({digest, RolledBack::failed}, ImageName{}));
  ASSERT_TRUE(journal.begin_trial(digest));
  make_newer_journal(flash.bytes, 0);
  const auto before = flash.bytes;
  EXPECT_TRUE(journal.open()) << "nothing is wrong with the flash";
  EXPECT_FALSE(journal.is_open());
  EXPECT_EQ(journal.trial(), std::nullopt);
  EXPECT_FALSE(journal.remembered(digest).has_value());
  EXPECT_EQ(word(journal.keep(digest)), "flash");
  EXPECT_EQ(flash.bytes, before);
}

TEST_F(LayoutTest, TheNewestSectorOfTheJournalDecides) {
  Journal journal(flash);
  ASSERT_TRUE(journal.open());
  const crypto::Sha256Digest digest = crypto::sha256(as_bytes("an image"));
  const auto both_sectors = [&] { return load_u8(flash.bytes, kFlashSector) == 'U'; };
  while (!both_sectors()) ASSERT_TRUE(journal.begin_trial(digest));
  const auto cells = flash.bytes;  // sector 1 is the newer one
  make_newer_journal(flash.bytes, 1);
  ASSERT_TRUE(journal.open());
  EXPECT_FALSE(journal.is_open()) << "what is left in the older sector counts no more";
  flash.bytes = cells;
  make_newer_journal(flash.bytes, 0);
  ASSERT_TRUE(journal.open());
  EXPECT_EQ(journal.trial(), digest);
}

// The rollback itself: the newer image converted the journal, lost its trial, and the old one runs.
TEST_F(LayoutTest, WithANewerJournalTheDeviceWorksAndRemembersByItsSlot) {
  const auto newer = image("2.0.0");
  restart();
  ASSERT_EQ(send(newer), "ok");
  make_newer_journal(flash.bytes, 0);
  const Bytes journal = Bytes(flash.bytes).first(2 * kFlashSector);
  const std::vector<std::byte> before(journal.begin(), journal.end());
  boot.rejected = 1;
  log.ended.clear();
  for (int start = 0; start < 2; ++start) {
    restart(StartedBy::reset);
    EXPECT_EQ(send(newer), "known_bad") << "as long as its slot holds it";
  }
  EXPECT_THAT(log.ended,
              ElementsAre("remembered:failed", "known_bad", "remembered:failed", "known_bad"));
  boot.rejected.reset();
  EXPECT_EQ(send(image("1.1.0")), "ok");
  EXPECT_TRUE(std::ranges::equal(before, journal)) << "the newer library finds it as it was";
}

TEST_F(LayoutTest, ANewerLedgerIsReplacedWhenTheSlotIsChangedAndNotBefore) {
  const auto old = image("1.1.0");
  restart();
  ASSERT_EQ(send(old), "ok");
  make_newer_ledger(flash.bytes, 4);
  const auto before = flash.bytes;
  restart();
  ASSERT_TRUE(updater->begin({.scheme = kRaw, .size = old.size()}));
  EXPECT_EQ(memory->ledger().state(), State::foreign);
  EXPECT_EQ(memory->ledger().doubtful_to(), UINT32_MAX) << "nothing of the slot is trusted";
  EXPECT_FALSE(updater->write(as_bytes("<html><body>Log in</body></html>")));
  EXPECT_EQ(flash.bytes, before);
  EXPECT_EQ(ledger_state(), State::foreign) << "refused, so nothing was written";
  boot.slots[1].erased.clear();
  ASSERT_EQ(send(old), "ok");
  EXPECT_FALSE(boot.slots[1].erased.empty()) << "though the slot held it already";
  EXPECT_EQ(ledger_state(), State::complete) << "in this library's layout";
}

// A ledger without a note of this update would be trusted for what the slot held before.
TEST_F(LayoutTest, AJournalThatDoesNotReadKeepsNothingFromTheLedger) {
  restart();
  ASSERT_EQ(send(image("1.1.0")), "ok");
  ASSERT_EQ(ledger_state(), State::complete);
  WithoutJournal unreadable(flash);
  restart_on(unreadable);
  EXPECT_EQ(memory->journal(), nullptr);
  ASSERT_TRUE(updater->begin({.scheme = kRaw}));
  ASSERT_TRUE(updater->write(Bytes(image("2.0.0")).first(100 * 1024)));
  EXPECT_EQ(ledger_state(), State::interrupted);
}

}  // namespace
}  // namespace updraft
