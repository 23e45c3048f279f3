// What the writer does to a slot that holds something already, operation by operation.
#include <gtest/gtest.h>

#include "engine/pipeline/slot_writer.hpp"
#include "engine/update/resumer.hpp"
#include "sim/nor_flash.hpp"
#include "sim/random.hpp"

namespace updraft::pipeline {
namespace {

constexpr std::uint32_t kSlotBytes = 6 * kFlashBlock;

std::vector<std::byte> noise(std::size_t size, std::uint64_t seed) {
  sim::Random random(seed);
  std::vector<std::byte> bytes(size);
  for (std::byte& b : bytes) b = std::byte{random.byte()};
  return bytes;
}

// A slot and its ledger, each on a part of its own.
class Plan : public testing::Test {
 protected:
  void write(Bytes content, std::uint64_t announced = 0, std::uint32_t max_erase = kFlashBlock) {
    flash.reset_stats();
    writer.reset(slot, {.ledger = &ledger, .max_erase = max_erase});
    writer.announce(announced);
    for (Bytes rest = content; !rest.empty();) {
      const Bytes part = rest.first(std::min<std::size_t>(1460, rest.size()));
      ASSERT_TRUE(writer.push(part).has_value());
      rest = rest.subspan(part.size());
    }
    ASSERT_TRUE(writer.finish().has_value());
    ASSERT_TRUE(std::equal(content.begin(), content.end(), cells.begin()));
    writer.note_verified();
  }
  void begin(Flash& part, std::uint64_t bytes) {
    writer.reset(part, {.ledger = &ledger});
    writer.announce(bytes);
  }
  void interrupt(Bytes content, std::size_t after) {
    begin(slot, content.size());
    ASSERT_TRUE(writer.push(content.first(after)).has_value());
  }
  void fill(std::byte with) { std::fill_n(cells.begin(), kSlotBytes, with); }
  std::uint64_t slot_pages() const { return flash.stats().program.count; }
  std::uint32_t most_erases() const {
    return *std::ranges::max_element(flash.stats().erases_per_sector);
  }

  std::vector<std::byte> cells = std::vector<std::byte>(kSlotBytes, std::byte{0xFF});
  std::vector<std::byte> note_cells = std::vector<std::byte>(2 * kFlashSector, std::byte{0xFF});
  sim::VirtualClock clock;
  sim::NorFlash flash{cells, clock, {.timing = *sim::find_flash_timing("w25q32jv")}};
  sim::NorFlash notes{note_cells, clock};
  Flash& slot = flash;
  SlotLedger ledger{notes, 0};
  SlotWriter::Room room;
  SlotWriter writer{room};
  ImageStage image_stage{writer};
  Resumer resumer{writer, image_stage};
};

TEST_F(Plan, ErasesNothingThatIsBlank) {
  write(noise(3 * kFlashBlock, 1));
  EXPECT_EQ(flash.stats().erase_block.count, 0u);
  EXPECT_EQ(flash.stats().erase_half_block.count, 0u);
  EXPECT_EQ(flash.stats().erase_sector.count, 0u);
  EXPECT_EQ(slot_pages(), 3 * kFlashBlock / kFlashPage);
}

TEST_F(Plan, ErasesAUsedSlotByBlocks) {
  fill(std::byte{0x00});
  write(noise(3 * kFlashBlock, 1), 3 * kFlashBlock);
  EXPECT_EQ(flash.stats().erase_block.count, 3u);
  EXPECT_EQ(flash.stats().erase_half_block.count, 0u);
  EXPECT_EQ(most_erases(), 1u);
}

TEST_F(Plan, ErasesTheRestOfAnImageByWhatIsCheapest) {
  fill(std::byte{0x00});
  write(noise(kFlashBlock + 2 * kFlashSector, 1), kFlashBlock + 2 * kFlashSector);
  EXPECT_EQ(flash.stats().erase_block.count, 1u);
  EXPECT_EQ(flash.stats().erase_sector.count, 2u) << "45 ms each, a half block is 120 ms";
  fill(std::byte{0x00});
  ledger.doubt();
  write(noise(kFlashBlock + 3 * kFlashSector, 1), kFlashBlock + 3 * kFlashSector);
  EXPECT_EQ(flash.stats().erase_half_block.count, 1u) << "120 ms is less than three times 45";
}

TEST_F(Plan, KeepsToTheLongestEraseThatTheProductAllows) {
  fill(std::byte{0x00});
  write(noise(2 * kFlashBlock, 1), 2 * kFlashBlock, kFlashHalfBlock);
  EXPECT_EQ(flash.stats().erase_block.count, 0u);
  EXPECT_EQ(flash.stats().erase_half_block.count, 4u);
  EXPECT_LE(flash.stats().longest_stretch, std::chrono::milliseconds(120));
  write(noise(2 * kFlashBlock, 2), 2 * kFlashBlock, kFlashSector);
  EXPECT_EQ(flash.stats().erase_sector.count, 32u);
  EXPECT_LE(flash.stats().longest_stretch, std::chrono::milliseconds(46));
}

TEST_F(Plan, TheSameAgainWritesNothingAndReadsNextToNothing) {
  const auto image = noise(3 * kFlashBlock + 777, 1);
  write(image);
  write(image);
  EXPECT_EQ(flash.stats().program.count, 0u);
  EXPECT_EQ(flash.stats().erase_sector.count, 0u);
  EXPECT_LT(flash.stats().read.bytes, image.size() / 20);
}

TEST_F(Plan, ASectorThatSomebodyElseWroteIsNotTakenForTheRecordedOne) {
  const auto image = noise(2 * kFlashBlock, 1);
  for (const std::uint32_t sector : {0u, 31u}) {
    write(image);
    std::ranges::copy(noise(kFlashSector, 2), cells.begin() + sector * kFlashSector);
    write(image);
  }
}

TEST_F(Plan, WithoutRecordsTheSameAgainIsComparedByReading) {
  const auto image = noise(2 * kFlashBlock, 1);
  std::copy(image.begin(), image.end(), cells.begin());
  write(image);
  EXPECT_EQ(flash.stats().program.count, 0u);
  EXPECT_GE(flash.stats().read.bytes, image.size());
}

TEST_F(Plan, OneSectorThatDiffersCostsOneSector) {
  auto image = noise(4 * kFlashBlock, 1);
  write(image);
  image[2 * kFlashBlock + 5 * kFlashSector] ^= std::byte{0xFF};
  write(image);
  EXPECT_EQ(flash.stats().erase_block.count, 0u);
  EXPECT_EQ(flash.stats().erase_sector.count, 1u);
  EXPECT_EQ(slot_pages(), 16u);
  write(image);
  EXPECT_EQ(flash.stats().program.count, 0u) << "and is known the next time";
  EXPECT_LT(flash.stats().read.bytes, image.size() / 20);
}

TEST_F(Plan, MissingPagesOfABlankSectorNeedNoErase) {
  const auto image = noise(kFlashSector, 1);
  std::copy_n(image.begin(), 5 * kFlashPage, cells.begin());
  write(image);
  EXPECT_EQ(flash.stats().erase_sector.count, 0u);
  EXPECT_EQ(slot_pages(), 11u);
}

TEST_F(Plan, BlankPagesOfTheImageAreNotProgrammed) {
  fill(std::byte{0x00});
  auto image = noise(kFlashBlock, 1);
  std::fill_n(image.begin() + kFlashSector, kFlashSector, std::byte{0xFF});
  write(image, image.size());
  EXPECT_EQ(slot_pages(), 15u * 16u);
}

TEST_F(Plan, GoesOnWhereItWasCutOff) {
  fill(std::byte{0x00});
  const auto image = noise(5 * kFlashBlock, 1);
  interrupt(image, 3 * kFlashBlock + 10 * kFlashSector);
  write(image, image.size());
  EXPECT_EQ(flash.stats().erase_block.count, 2u) << "the one that was in work, and the last";
  EXPECT_EQ(most_erases(), 1u);
  EXPECT_EQ(notes.stats().erase_sector.count, 1u) << "its ledger goes on too";
}

TEST_F(Plan, TakesWhatIsRecordedFromTheSlot) {
  const auto image = noise(5 * kFlashBlock, 1);
  interrupt(image, 3 * kFlashBlock + 10 * kFlashSector);
  begin(slot, image.size());
  ASSERT_TRUE(resumer.take_sector()->empty()) << "nothing has passed yet";
  std::size_t at = kFlashSector + 100;
  ASSERT_TRUE(writer.push(Bytes(image).first(at)).has_value());
  while (true) {
    const Result<Bytes> taken = resumer.take_sector();
    ASSERT_TRUE(taken.has_value());
    if (taken->empty()) break;
    ASSERT_TRUE(std::equal(taken->begin(), taken->end(), image.begin() + static_cast<long>(at)));
    at += taken->size();
  }
  EXPECT_EQ(at, 3 * kFlashBlock);
  EXPECT_EQ(writer.written(), at);
  ASSERT_TRUE(writer.push(Bytes(image).subspan(at)).has_value());
  ASSERT_TRUE(writer.finish().has_value());
  EXPECT_TRUE(std::equal(image.begin(), image.end(), cells.begin()));
}

TEST_F(Plan, TakesNothingThatDoesNotReadAsRecorded) {
  const auto image = noise(5 * kFlashBlock, 1);
  interrupt(image, 3 * kFlashBlock);
  cells[20 * kFlashSector + 3] ^= std::byte{1};
  begin(slot, image.size());
  ASSERT_TRUE(writer.push(Bytes(image).first(kFlashSector)).has_value());
  std::size_t at = kFlashSector;
  while (!resumer.take_sector()->empty()) at += kFlashSector;
  EXPECT_EQ(at, 20 * kFlashSector);
  ASSERT_TRUE(writer.push(Bytes(image).subspan(at)).has_value());
  ASSERT_TRUE(writer.finish().has_value());
  EXPECT_TRUE(std::equal(image.begin(), image.end(), cells.begin()));
}

// spec/esp32.md 5.1: a cell that reads as erased but is only half erased.
TEST_F(Plan, AWeakSectorIsErasedAgain) {
  fill(std::byte{0x00});
  const auto image = noise(4 * kFlashBlock, 1);
  for (std::uint64_t at = 0; at < 700; at += 7) {
    sim::NorFlash part(cells, clock, {.seed = at, .weak_one_in = 1u << 30});
    fill(std::byte{0x00});
    std::ranges::fill(note_cells, std::byte{0xFF});
    part.cut_power_at(at, sim::Cut::weak);
    begin(part, image.size());
    (void)writer.push(image);
    part.power_on();
    begin(part, image.size());
    ASSERT_TRUE(writer.push(image).has_value());
    ASSERT_TRUE(writer.finish().has_value());
    for (const std::uint32_t sector : part.weak_sectors()) {
      ASSERT_GE(sector, image.size() / kFlashSector) << "cut at " << at;
    }
  }
}

TEST_F(Plan, WithoutALedgerNothingIsBelieved) {
  write(noise(kFlashBlock, 1));
  flash.reset_stats();
  writer.reset(slot, {});
  ASSERT_TRUE(writer.push(noise(kFlashBlock, 1)).has_value());
  EXPECT_EQ(flash.stats().erase_block.count, 1u);
}

TEST_F(Plan, ReadsBackWhatWasPushedWhereverItIs) {
  const auto image = noise(2 * kFlashSector + 1000, 1);
  writer.reset(slot, {.ledger = &ledger});
  for (const std::byte& b : image) ASSERT_TRUE(writer.push(Bytes(&b, 1)).has_value());
  for (const std::size_t at : {0u, 100u, 4000u, 8000u, 8192u, 9000u}) {
    std::array<std::byte, 192> out{};
    ASSERT_TRUE(writer.read(static_cast<std::uint32_t>(at), out).has_value());
    EXPECT_TRUE(std::equal(out.begin(), out.end(), image.begin() + static_cast<long>(at))) << at;
  }
  std::array<std::byte, 2> out{};
  EXPECT_FALSE(writer.read(static_cast<std::uint32_t>(image.size() - 1), out).has_value());
}

}  // namespace
}  // namespace updraft::pipeline
