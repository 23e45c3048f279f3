// What is remembered for signed updates: whole at every moment, in few erases, and there twice.
#include "engine/signing/signing_memory.hpp"

#include <gtest/gtest.h>

#include "engine/signing/test_signed_bench.hpp"
#include "sim/nor_flash.hpp"
#include "tests/golden/golden.hpp"

namespace updraft {
namespace {

Release release(std::uint64_t sequence) {
  Release made{.sequence = sequence, .image_bytes = static_cast<std::uint32_t>(1000 + sequence)};
  made.manifest[0] = made.image[0] = static_cast<std::byte>(sequence);
  return made;
}

class Memory : public testing::Test {
 protected:
  // After a restart.
  SigningMemory& open() {
    memory.emplace(flash);
    memory->open(sector);
    return *memory;
  }
  static std::uint64_t sequence(const SigningMemory& memory) {
    return memory.installed() ? memory.installed()->sequence : 0;
  }
  // As an install and its confirmation do.
  void install(std::uint64_t number) {
    ASSERT_TRUE(memory->wait_for(release(number), sector).has_value());
    ASSERT_TRUE(memory->install(release(number), sector).has_value());
  }

  Buffer key_set = Desk::shared().key_set(1, Desk::shared().release_key);
  std::array<std::byte, kFlashSector> sector;
  fakes::RamFlash flash{2 * kFlashSector, std::byte{0xFF}};
  std::optional<SigningMemory> memory;
};

TEST_F(Memory, KeepsWhatItIsTold) {
  ASSERT_TRUE(open().replace_key_set(key_set, sector).has_value());
  for (std::uint64_t number = 1; number <= 40; ++number) {
    SCOPED_TRACE(number);
    ASSERT_TRUE(memory->wait_for(release(number), sector).has_value());
    EXPECT_EQ(open().pending(), release(number));
    EXPECT_EQ(sequence(*memory), number - 1);
    ASSERT_TRUE(memory->install(release(number), sector).has_value());
    EXPECT_EQ(open().installed(), release(number));
    EXPECT_FALSE(memory->pending());
    const Result<Bytes> held = memory->key_set(sector);
    ASSERT_TRUE(held.has_value());
    EXPECT_TRUE(std::ranges::equal(*held, key_set));
    EXPECT_EQ(memory->key_set_version(), 1u);
  }
}

TEST_F(Memory, ErasesSeldom) {
  ASSERT_TRUE(open().replace_key_set(key_set, sector).has_value());
  flash.erased.clear();
  for (std::uint64_t number = 1; number <= 12; ++number) install(number);
  EXPECT_LE(flash.erased.size(), 2u) << "twelve installs are 24 changes";
  EXPECT_GE(flash.erased.size(), 1u) << "and a sector is full in the end";
}

TEST_F(Memory, HasRoomForTheLargestKeySet) {
  Buffer large(suit::kMaxKeySetBytes, std::byte{0x41});
  ASSERT_TRUE(open().replace_key_set(large, sector).has_value());
  for (std::uint64_t number = 1; number <= 12; ++number) {
    install(number);
    ASSERT_EQ(sequence(open()), number);
    ASSERT_TRUE(memory->key_set(sector).has_value());
  }
}

// A bit of any page: the KeySet is there all the same, and at most the last change is lost.
TEST_F(Memory, OneRottenBitLosesOneChangeAtMost) {
  ASSERT_TRUE(open().replace_key_set(key_set, sector).has_value());
  for (std::uint64_t number = 1; number <= 9; ++number) install(number);
  const Buffer good = flash.bytes;
  for (std::size_t at = 0; at < good.size(); at += 61) {
    SCOPED_TRACE(at);
    flash.bytes = good;
    flash.bytes[at] ^= std::byte{0x10};
    EXPECT_EQ(open().key_set_version(), 1u);
    EXPECT_TRUE(sequence(*memory) == 9 || memory->pending() == release(9)) << sequence(*memory);
    install(10);
    EXPECT_EQ(sequence(open()), 10u);
    EXPECT_EQ(memory->key_set_version(), 1u);
  }
}

TEST_F(Memory, OneRottenRecordLosesNoKeySet) {
  ASSERT_TRUE(open().replace_key_set(key_set, sector).has_value());
  const Buffer good = flash.bytes;
  for (std::size_t at = 0; at < good.size(); at += 7) {
    flash.bytes = good;
    flash.bytes[at] ^= std::byte{1};
    ASSERT_EQ(open().key_set_version(), 1u) << at;
  }
}

// What another record would have made a note of stays what it is: text in a KeySet is none.
TEST_F(Memory, AnUnfinishedNoteIsPassedOver) {
  ASSERT_TRUE(open().replace_key_set(key_set, sector).has_value());
  install(1);
  const auto blank =
      std::ranges::find_if(flash.bytes, [](std::byte b) { return b == std::byte{'U'}; });
  ASSERT_NE(blank, flash.bytes.end());
  for (std::size_t page = 0; page < flash.bytes.size(); page += kFlashPage) {
    const MutableBytes there = MutableBytes(flash.bytes).subspan(page, kFlashPage);
    if (is_erased(there)) there[0] = std::byte{'U'};  // the power went away right then
  }
  EXPECT_EQ(sequence(open()), 1u);
  install(2);
  EXPECT_EQ(sequence(open()), 2u);
}

// Flash that costs nothing to erase, as NVS: then each change is a record.
struct Free final : Flash {
  explicit Free(Flash& to) : flash(to) {}
  std::uint32_t size() const override { return flash.size(); }
  Result<> read(std::uint32_t at, MutableBytes out) override { return flash.read(at, out); }
  Result<> program(std::uint32_t at, Bytes data) override { return flash.program(at, data); }
  Result<> erase(std::uint32_t at, std::uint32_t length) override {
    return flash.erase(at, length);
  }
  FlashTimes times() const override { return {0, 0, 0, 0}; }
  Flash& flash;
};

TEST_F(Memory, WhereErasingCostsNothingThereAreNoNotes) {
  Free free(flash);
  SigningMemory there(free);
  there.open(sector);
  ASSERT_TRUE(there.replace_key_set(key_set, sector).has_value());
  flash.erased.clear();
  ASSERT_TRUE(there.install(release(1), sector).has_value());
  ASSERT_TRUE(there.install(release(2), sector).has_value());
  EXPECT_EQ(flash.erased.size(), 2u);
  EXPECT_EQ(sequence(open()), 2u);
}

constexpr std::uint64_t kNow = 1'790'000'000, kDay = kTimeIsWrittenEvery;

TEST_F(Memory, TheTimeIsWrittenOnceADay) {
  EXPECT_EQ(open().not_before(), 0u);
  ASSERT_TRUE(memory->raise_not_before(kNow, sector).has_value());
  EXPECT_EQ(open().not_before(), 0u) << "without a KeySet nobody says what time it is";
  ASSERT_TRUE(memory->replace_key_set(key_set, sector).has_value());
  ASSERT_TRUE(memory->raise_not_before(kNow, sector).has_value());
  const Buffer written = flash.bytes;
  ASSERT_TRUE(memory->raise_not_before(kNow - 7 * kDay, sector).has_value());
  EXPECT_EQ(memory->not_before(), kNow) << "it never falls";
  ASSERT_TRUE(memory->raise_not_before(kNow + kDay - 1, sector).has_value());
  EXPECT_EQ(memory->not_before(), kNow + kDay - 1);
  EXPECT_EQ(flash.bytes, written);
  EXPECT_EQ(open().not_before(), kNow);
  ASSERT_TRUE(memory->raise_not_before(kNow + kDay, sector).has_value());
  EXPECT_EQ(open().not_before(), kNow + kDay);
}

// A year of tokens, with a release each week.
TEST_F(Memory, TheTimeGoesAlongWithRecordsAndCostsFewErases) {
  ASSERT_TRUE(open().replace_key_set(key_set, sector).has_value());
  flash.erased.clear();
  for (std::uint64_t day = 1; day <= 365; ++day) {
    SCOPED_TRACE(day);
    ASSERT_TRUE(memory->raise_not_before(kNow + day * kDay, sector).has_value());
    if (day % 7 == 0) install(day);
    ASSERT_EQ(open().not_before(), kNow + day * kDay);
    ASSERT_EQ(sequence(*memory), day / 7 * 7);
    ASSERT_EQ(memory->key_set_version(), 1u);
  }
  EXPECT_LE(flash.erased.size(), 60u);
}

TEST_F(Memory, ATimeThatRottedIsNone) {
  ASSERT_TRUE(open().replace_key_set(key_set, sector).has_value());
  ASSERT_TRUE(memory->raise_not_before(kNow, sector).has_value());
  ASSERT_TRUE(memory->raise_not_before(kNow + kDay, sector).has_value());
  const Buffer good = flash.bytes;
  for (std::size_t at = 0; at < good.size(); ++at) {
    flash.bytes = good;
    flash.bytes[at] ^= std::byte{0x20};
    const std::uint64_t found = open().not_before();
    ASSERT_TRUE(found == kNow || found == kNow + kDay) << at << ": " << found;
    ASSERT_EQ(memory->key_set_version(), 1u) << at;
  }
}

TEST_F(Memory, TheLargestKeySetLeavesRoomForTheTime) {
  const Buffer large(suit::kMaxKeySetBytes, std::byte{0x41});
  ASSERT_TRUE(open().replace_key_set(large, sector).has_value());
  for (std::uint64_t day = 1; day <= 40; ++day) {
    ASSERT_TRUE(memory->raise_not_before(kNow + day * kDay, sector).has_value());
    ASSERT_EQ(open().not_before(), kNow + day * kDay);
  }
}

TEST_F(Memory, WhereErasingCostsNothingOneTimeIsKept) {
  Free free(flash);
  SigningMemory there(free);
  there.open(sector);
  ASSERT_TRUE(there.replace_key_set(key_set, sector).has_value());
  for (std::uint64_t day = 1; day <= 20; ++day) {
    ASSERT_TRUE(there.raise_not_before(kNow + day * kDay, sector).has_value());
  }
  EXPECT_EQ(open().not_before(), kNow + 20 * kDay);
  std::size_t times = 0;
  for (std::size_t at = 0; at < flash.bytes.size(); at += kFlashPage) {
    times += as_text(Bytes(flash.bytes).subspan(at, 2)) == "UT" ? 1u : 0u;
  }
  EXPECT_LE(times, 2u) << "NVS is the product's as well";
}

// Twice in a row, as the second cut may come where the first one left its trace.
TEST(SigningMemoryCut, NoTwoCutsLetTheTimeFall) {
  Buffer cells(2 * kFlashSector, std::byte{0xFF});
  const Buffer key_set = Desk::shared().key_set(1, Desk::shared().release_key);
  std::array<std::byte, kFlashSector> sector;
  sim::VirtualClock clock;
  std::uint64_t cuts = 0;
  for (const sim::Cut how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t first = 0; first < 50; ++first) {
      for (std::uint64_t second = 0; second < 12; ++second) {
        std::ranges::fill(cells, std::byte{0xFF});
        sim::NorFlash flash(cells, clock, {.seed = first * 12 + second});
        std::uint64_t held = 0, day = 0;
        const auto run = [&](std::uint64_t at) {
          SigningMemory memory(flash);
          memory.open(sector);
          ASSERT_GE(memory.not_before(), held) << first << ", " << second;
          held = memory.not_before();
          if (!memory.has_key_set()) {
            ASSERT_TRUE(memory.replace_key_set(key_set, sector).has_value());
          }
          flash.cut_power_at(at, how);
          for (int i = 0; flash.powered() && i < 40; ++i) {
            const std::uint64_t now = kNow + ++day * kDay;
            if (memory.raise_not_before(now, sector)) held = now;
            (void)memory.install(release(day), sector);
          }
          cuts += flash.powered() ? 0u : 1u;
          flash.power_on();
        };
        run(first);
        run(second);
        run(1000);
      }
    }
  }
  EXPECT_GT(cuts, 4'000u);
}

// Through many records and notes: after any cut the last change is there or it is not, and
// everything goes on.
TEST(SigningMemoryCut, AnyCutLeavesOneOfTwoStates) {
  Buffer cells(2 * kFlashSector, std::byte{0xFF});
  const Buffer first = Desk::shared().key_set(1, Desk::shared().release_key);
  const Buffer second = Desk::shared().key_set(2, Desk::shared().next_key);
  std::array<std::byte, kFlashSector> sector;
  sim::VirtualClock clock;
  std::uint64_t cuts = 0;
  for (const sim::Cut how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = 0;; ++at) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      std::ranges::fill(cells, std::byte{0xFF});
      sim::NorFlash flash(cells, clock, {.seed = at});
      std::uint64_t done = 0, tried = 0;  // the last change that was told done, and the last begun
      {
        SigningMemory memory(flash);
        memory.open(sector);
        ASSERT_TRUE(memory.replace_key_set(first, sector).has_value());
        flash.cut_power_at(at, how);
        bool sound = true;
        for (std::uint64_t number = 1; sound && number <= 20; ++number) {
          tried = number;
          sound = number == 10 ? memory.replace_key_set(second, sector).has_value() &&
                                     memory.install(release(number), sector).has_value()
                               : memory.install(release(number), sector).has_value();
          if (sound) done = number;
        }
      }
      if (flash.powered()) break;
      ++cuts;
      flash.power_on();
      SigningMemory memory(flash);
      memory.open(sector);
      const std::uint64_t now = memory.installed() ? memory.installed()->sequence : 0;
      ASSERT_TRUE(now == done || now == tried) << now << ", not " << done << " or " << tried;
      const std::uint64_t version = memory.key_set_version();
      ASSERT_TRUE(version == (done >= 10 ? 2u : 1u) || (tried == 10 && version == 2));
      ASSERT_TRUE(memory.install(release(30), sector).has_value());
      memory.open(sector);
      ASSERT_EQ(memory.installed(), release(30));
      ASSERT_EQ(memory.key_set_version(), version);
    }
  }
  EXPECT_GT(cuts, 100u);
}

}  // namespace
}  // namespace updraft
