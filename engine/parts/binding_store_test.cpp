#include "engine/parts/binding_store.hpp"

#include <gtest/gtest.h>

#include "sim/nor_flash.hpp"

namespace updraft::parts {
namespace {

BindingRecord some_record() {
  BindingRecord record;
  record.next_generation = 7;
  record.on_trial = true;
  record.starts = 2;
  record.bad.fill(std::byte{0xBD});
  BoundApp& app = record.apps[0];
  app.app.fill(std::byte{1});
  app.slot = 1;
  Binding& web = *app.bind("web");
  web.generation = 6;
  web.where = WhereKept::staged;
  web.one_way = true;
  web.size = 12345;
  web.digest.fill(std::byte{2});
  web.image = {1, 0x1F000};
  web.saved = {Store::kStagingPart, 0x3000};
  record.apps[1].app.fill(std::byte{3});
  EXPECT_TRUE(record.set_held({Text<kLabel>("web"), 5, Content::mixed}));
  return record;
}

std::array<std::byte, kBindingRecordBytes> bytes_of(const BindingRecord& record,
                                                    std::uint32_t counter) {
  std::array<std::byte, kBindingRecordBytes> bytes;
  write_binding(record, counter, bytes);
  return bytes;
}

TEST(BindingRecords, WhatIsWrittenIsRead) {
  const auto bytes = bytes_of(some_record(), 9);
  BindingRecord read;
  std::uint32_t counter = 0;
  ASSERT_TRUE(parse_binding(bytes, read, counter));
  EXPECT_EQ(counter, 9u);
  EXPECT_EQ(bytes_of(read, 9), bytes);
  const Binding& web = *read.apps[0].find("web");
  EXPECT_EQ(web.where, WhereKept::staged);
  EXPECT_EQ(web.image.slot, 1);
  EXPECT_EQ(web.saved.slot, Store::kStagingPart);
  EXPECT_EQ(read.held("web").content, Content::mixed);
  EXPECT_EQ(read.held("other").content, Content::whole);
}

TEST(BindingRecords, OneFlippedBitMakesItNone) {
  auto bytes = bytes_of(some_record(), 9);
  BindingRecord read;
  std::uint32_t counter = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    EXPECT_FALSE(parse_binding(bytes, read, counter)) << "bit " << bit;
    bytes[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
  }
}

TEST(BindingRecords, MoreThanFourLabelsHaveNoRoom) {
  BoundApp app;
  BindingRecord record;
  for (const char* label : {"a", "b", "c", "d"}) {
    EXPECT_NE(app.bind(label), nullptr);
    EXPECT_TRUE(record.set_held({Text<kLabel>(label), 1, Content::whole}));
  }
  EXPECT_NE(app.bind("a"), nullptr);
  EXPECT_EQ(app.bind("e"), nullptr);
  EXPECT_EQ(record.set_held({Text<kLabel>("e"), 1, Content::whole}).error().code, Code::no_room);
}

// A cut at every operation of a write, in every way: the record before, or the new one.
TEST(BindingStores, ACutLeavesTheOldRecordOrTheNew) {
  for (const sim::Cut how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = 0;; ++at) {
      std::vector<std::byte> cells(2 * kFlashSector, std::byte{0xFF});
      sim::VirtualClock clock;
      sim::NorFlash flash(cells, clock, {.seed = at + 1});
      BindingStore store(flash, 0);
      ASSERT_TRUE(store.open());
      for (std::uint32_t i = 1; i <= 3; ++i) {
        store.record.next_generation = i;
        ASSERT_TRUE(store.write());
      }
      flash.cut_power_at(at, how);
      store.record.next_generation = 4;
      const bool written = store.write().has_value();
      const bool cut = !flash.powered();
      flash.power_on();
      BindingStore again(flash, 0);
      ASSERT_TRUE(again.open());
      const std::uint32_t found = again.record.next_generation;
      EXPECT_TRUE(found == 3 || found == 4) << sim::name(how) << " at " << at;
      EXPECT_TRUE(!written || found == 4);
      again.record.next_generation = 5;
      ASSERT_TRUE(again.write());
      BindingStore last(flash, 0);
      ASSERT_TRUE(last.open());
      EXPECT_EQ(last.record.next_generation, 5u);
      if (!cut) break;
    }
  }
}

}  // namespace
}  // namespace updraft::parts
