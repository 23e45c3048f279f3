#include "engine/pipeline/slot_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/ram_flash.hpp"

namespace updraft::pipeline {
namespace {

using Erase = fakes::RamFlash::Erase;
using testing::ElementsAre;

std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
  return bytes;
}

void push_all(SlotWriter& writer, Bytes bytes, std::size_t step) {
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    ASSERT_TRUE(writer.push(bytes.subspan(at, std::min(step, bytes.size() - at))).has_value());
  }
  ASSERT_TRUE(writer.finish().has_value());
}

TEST(SlotWriter, WritesTheSameWhateverSizesArrive) {
  const auto content = pattern(70'001);
  for (const std::size_t step : {1u, 3u, 255u, 256u, 257u, 4096u, 5000u, 100'000u}) {
    SCOPED_TRACE(step);
    fakes::RamFlash slot(128 * 1024);
    SlotWriter::Room room;
    SlotWriter writer{room};
    writer.reset(slot, {});
    push_all(writer, content, step);
    EXPECT_TRUE(std::equal(content.begin(), content.end(), slot.bytes.begin()));
    EXPECT_EQ(writer.written(), content.size());
  }
}

// Before a byte of the sector has arrived: what the slot holds decides what has to be done.
TEST(SlotWriter, ReportsASlotThatCannotBeRead) {
  fakes::RamFlash memory(6 * kFlashSector, std::byte{0xFF}), slot(128 * 1024);
  SlotLedger ledger(memory, 2);
  SlotWriter::Room room;
  SlotWriter writer{room};
  writer.reset(slot, {.ledger = &ledger});
  slot.fail_reads = true;
  const Result<> pushed = writer.push(Bytes(pattern(10)));
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().code, Code::flash);
  EXPECT_TRUE(slot.erased.empty());
}

TEST(SlotWriter, ErasesBlocksAheadOfTheData) {
  fakes::RamFlash slot(256 * 1024);
  SlotWriter::Room room;
  SlotWriter writer{room};
  writer.reset(slot, {});
  push_all(writer, pattern(kFlashBlock), 1024);
  EXPECT_THAT(slot.erased, ElementsAre(Erase{0, kFlashBlock}));
  writer.reset(slot, {});
  slot.erased.clear();
  push_all(writer, pattern(kFlashBlock + 1), 1024);
  EXPECT_THAT(slot.erased, ElementsAre(Erase{0, kFlashBlock}, Erase{kFlashBlock, kFlashBlock}));
}

TEST(SlotWriter, ErasesSectorsWhereABlockWouldCostMore) {
  fakes::RamFlash slot(256 * 1024);
  SlotWriter::Room room;
  SlotWriter writer{room};
  const auto content = pattern(kFlashBlock + 2 * kFlashSector);
  writer.reset(slot, {});
  writer.announce(content.size());
  push_all(writer, content, 1024);
  EXPECT_THAT(slot.erased, ElementsAre(Erase{0, kFlashBlock}, Erase{kFlashBlock, kFlashSector},
                                       Erase{kFlashBlock + kFlashSector, kFlashSector}));
}

TEST(SlotWriter, ErasesOnlyInsideItsSlot) {
  fakes::RamFlash slot(kFlashBlock + kFlashSector);  // no room for a second block
  SlotWriter::Room room;
  SlotWriter writer{room};
  writer.reset(slot, {});
  push_all(writer, pattern(slot.size()), 4096);
  EXPECT_THAT(slot.erased, ElementsAre(Erase{0, kFlashBlock}, Erase{kFlashBlock, kFlashSector}));
}

TEST(SlotWriter, RefusesOneByteTooMany) {
  fakes::RamFlash slot(kFlashSector);
  SlotWriter::Room room;
  SlotWriter writer{room};
  writer.reset(slot, {});
  ASSERT_TRUE(writer.push(pattern(kFlashSector)).has_value());
  const Result<> more = writer.push(pattern(1));
  ASSERT_FALSE(more.has_value());
  EXPECT_EQ(more.error().code, Code::too_big);
}

TEST(SlotWriter, ErasesNothingBeforeTheFirstByte) {
  fakes::RamFlash slot(kFlashBlock);
  SlotWriter::Room room;
  SlotWriter writer{room};
  writer.reset(slot, {});
  writer.announce(1000);
  EXPECT_TRUE(slot.erased.empty());
}

// A patch reads what it made before, wherever it is now.
TEST(SlotWriterReadsBack, WhatWasPushed) {
  fakes::RamFlash flash(64 * 1024);
  SlotWriter::Room room;
  SlotWriter writer{room};
  std::array<std::byte, 300> out;
  EXPECT_FALSE(writer.read(0, out)) << "before anything was pushed";
  writer.reset(flash, {});
  std::vector<std::byte> pushed;
  for (const std::size_t size : {1u, 254u, 1u, 1000u, 5000u, 77u}) {
    std::vector<std::byte> part(size);
    for (std::byte& b : part) b = static_cast<std::byte>(pushed.size() + size + (&b - part.data()));
    ASSERT_TRUE(writer.push(part));
    pushed.insert(pushed.end(), part.begin(), part.end());
    for (const std::size_t length : {std::size_t{1}, std::size_t{4}, std::size_t{300}}) {
      for (std::size_t at = 0; at + length <= pushed.size(); at += 97) {
        const MutableBytes read = MutableBytes(out).first(length);
        ASSERT_TRUE(writer.read(static_cast<std::uint32_t>(at), read));
        EXPECT_TRUE(std::ranges::equal(read, Bytes(pushed).subspan(at, length))) << at;
      }
    }
    EXPECT_FALSE(
        writer.read(static_cast<std::uint32_t>(pushed.size()), MutableBytes(out).first(1)));
  }
}

}  // namespace
}  // namespace updraft::pipeline
