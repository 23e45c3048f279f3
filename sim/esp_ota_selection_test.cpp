#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/all_are.hpp"
#include "sim/ota_board.hpp"

namespace updraft::sim {
namespace {

using enum format::OtaState;

constexpr Record kBlank{};

// spec/esp32.md section 3.3: n, the newest seq, the target slot, the seq that it gets.
struct SeqRow {
  std::uint32_t slots;
  std::uint32_t newest;
  int target;
  std::uint32_t seq;
  std::size_t record;  // of two; the newest is in record 0
};

class SetBootSeq : public testing::TestWithParam<SeqRow> {};

TEST_P(SetBootSeq, IsTheSmallestAboveTheNewest) {
  const SeqRow& row = GetParam();
  OtaBoard board({.slots = row.slots});
  board.fill();
  board.put_record(0, {row.newest, valid});
  board.run(0);
  ASSERT_EQ(board.ota().set_boot_partition(&board.app(row.target)), EspErr::ok);
  EXPECT_EQ(board.record(row.record).seq, row.seq);
  EXPECT_EQ(board.record(row.record).state, new_image);
  EXPECT_TRUE(board.record(row.record).crc_ok());
  EXPECT_EQ(board.ota().get_boot_partition(), &board.app(row.target));
  EXPECT_EQ(board.record(0).seq, row.newest) << "the other, or the same rewritten";
}

INSTANTIATE_TEST_SUITE_P(Rows, SetBootSeq,
                         testing::Values(SeqRow{2, 1, 1, 2, 1}, SeqRow{2, 2, 0, 3, 1},
                                         SeqRow{2, 3, 1, 4, 1}, SeqRow{3, 1, 1, 2, 1},
                                         SeqRow{3, 1, 2, 3, 1}, SeqRow{3, 2, 0, 4, 1},
                                         SeqRow{3, 2, 2, 3, 1}, SeqRow{3, 4, 1, 5, 1},
                                         SeqRow{3, 4, 2, 6, 1},
                                         // the newest stands for the slot already: rewritten
                                         SeqRow{2, 1, 0, 1, 0}, SeqRow{3, 5, 1, 5, 0}));

class EspOtaSelection : public testing::Test {
 protected:
  void SetUp() override {
    board_.fill();
    board_.put_record(0, {1, valid});
    board_.run(0);
  }
  EspErr set_boot(int index) { return board_.ota().set_boot_partition(&board_.app(index)); }
  OtaBoard board_{{.slots = 2, .factory = true}};
};

TEST_F(EspOtaSelection, SetBootVerifiesFirst) {
  EXPECT_EQ(board_.ota().set_boot_partition(nullptr), EspErr::invalid_arg);
  board_.break_image(1);
  EXPECT_EQ(set_boot(1), EspErr::ota_validate_failed);
  EXPECT_EQ(board_.flash.operations(), 0);
}

TEST_F(EspOtaSelection, SetBootAsksForOtadataBeforeItAsksForTheSlot) {
  OtaBoard without({.otadata = false});
  without.fill();
  without.run(0);
  format::Partition far = board_.app(1);
  far.subtype = format::kAppOta0 + 9;
  EXPECT_EQ(without.ota().set_boot_partition_skip_validate(&far), EspErr::not_found);
  EXPECT_EQ(board_.ota().set_boot_partition_skip_validate(&far), EspErr::invalid_arg);
}

TEST_F(EspOtaSelection, ReadonlyOtadataIsNotAllowed) {
  OtaBoard fixed({.otadata = false});
  ASSERT_TRUE(
      fixed.table.add({format::PartitionType::data, format::kDataOta, Board::kOtaDataOffset, 0x2000,
                       Text<16>(std::string_view("otadata")), format::kPartitionReadonly}));
  fixed.fill();
  fixed.put_records({1, pending_verify}, {2, aborted});
  fixed.run(0);
  const std::uint64_t before = fixed.flash.operations();
  EXPECT_EQ(fixed.ota().set_boot_partition(&fixed.app(1)), EspErr::not_allowed);
  EXPECT_EQ(fixed.ota().mark_app_valid_cancel_rollback(), EspErr::not_allowed);
  EXPECT_EQ(fixed.ota().invalidate_inactive_ota_data_slot(), EspErr::not_allowed);
  EXPECT_EQ(fixed.flash.operations(), before);
  EXPECT_EQ(fixed.record(0).state, pending_verify);
}

TEST_F(EspOtaSelection, SetBootWithoutUsableRecordWritesRecord0) {
  board_.put_records({1, invalid}, kBlank);
  ASSERT_EQ(set_boot(1), EspErr::ok);
  EXPECT_EQ(board_.record(0).seq, 2);
  EXPECT_TRUE(board_.record(1).empty());
}

TEST_F(EspOtaSelection, SetBootAlternatesTheRecords) {
  ASSERT_EQ(set_boot(1), EspErr::ok);
  ASSERT_EQ(set_boot(0), EspErr::ok);
  EXPECT_EQ(board_.record(0).seq, 3);
  EXPECT_EQ(board_.record(1).seq, 2);
}

TEST_F(EspOtaSelection, SetBootWithoutRollbackWritesUndefined) {
  board_.build = BootBuild::plain;
  board_.run(0);
  ASSERT_EQ(set_boot(1), EspErr::ok);
  EXPECT_EQ(board_.record(1).state, undefined);
}

TEST_F(EspOtaSelection, SetBootToFactoryErasesOtadata) {
  ASSERT_EQ(set_boot(kFactoryIndex), EspErr::ok);
  EXPECT_TRUE(board_.record(0).empty());
  EXPECT_EQ(board_.ota().get_boot_partition(), &board_.app(kFactoryIndex));
}

TEST_F(EspOtaSelection, SetBootLastsOneEraseAndOnePage) {
  board_.flash.reset_stats();
  ASSERT_EQ(set_boot(1), EspErr::ok);
  EXPECT_EQ(board_.flash.stats().erase_sector.count, 1);
  EXPECT_EQ(board_.flash.stats().program.bytes, 32);
}

TEST_F(EspOtaSelection, SetBootAfterAFallbackOverwritesTheRunningRecord) {
  board_.put_records({1, valid}, {2, valid});  // ota_0 runs because ota_1 did not verify
  ASSERT_EQ(set_boot(0), EspErr::ok);
  EXPECT_EQ(board_.record(0).seq, 3);
  EXPECT_EQ(board_.record(0).state, new_image);
}

TEST_F(EspOtaSelection, SetBootEndsWhereSeqEnds) {
  board_.put_record(0, {0xFFFFFFFD, valid});
  ASSERT_EQ(set_boot(1), EspErr::ok);
  EXPECT_EQ(board_.record(1).seq, 0xFFFFFFFE);
  board_.put_records({0xFFFFFFFE, valid}, kBlank);
  EXPECT_EQ(set_boot(0), EspErr::fail);
}

TEST_F(EspOtaSelection, SetBootErasesASlotBelowTheCounter) {
  board_.build = BootBuild::anti_rollback;
  board_.run(0);
  ASSERT_EQ(board_.efuse.raise_secure_version(1), EspErr::ok);
  EXPECT_EQ(set_boot(1), EspErr::ota_small_sec_ver);
  EXPECT_TRUE(all_are(board_.cells(board_.app(1)), std::byte{0xFF}));
  board_.put(1, {.secure_version = 1});
  EXPECT_EQ(set_boot(1), EspErr::ok);
}

TEST_F(EspOtaSelection, SetBootWantsAPlaceForTheRecord) {
  OtaBoard board({.slots = 2, .factory = true, .otadata = false});
  board.fill();
  board.run(0);
  EXPECT_EQ(board.ota().set_boot_partition(&board.app(1)), EspErr::not_found);
  EXPECT_EQ(board.ota().set_boot_partition(&board.app(kFactoryIndex)), EspErr::not_found);
  EXPECT_EQ(board.ota().get_boot_partition(), nullptr);
}

struct BootRow {
  std::string name;
  Layout layout;
  Record record0;
  Record record1;
  int boots;
};

class GetBoot : public testing::TestWithParam<BootRow> {};

TEST_P(GetBoot, IsTheNewestUsableOrTheDefault) {
  OtaBoard board(GetParam().layout);
  board.put_records(GetParam().record0, GetParam().record1);
  board.run(GetParam().boots);
  EXPECT_EQ(board.ota().get_boot_partition(), &board.app(GetParam().boots));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, GetBoot,
    testing::Values(
        BootRow{"newest", {.slots = 2}, {1, valid}, {2, undefined}, 1},
        BootRow{"refused", {.slots = 2}, {1, valid}, {2, invalid}, 0},
        BootRow{"pending_counts", {.slots = 2}, {1, valid}, {2, pending_verify}, 1},
        BootRow{"blank_factory", {.slots = 2, .factory = true}, kBlank, kBlank, kFactoryIndex},
        BootRow{"blank_lowest", {.slots = 2}, kBlank, kBlank, 0},
        BootRow{"bad_crc_lowest", {.slots = 2}, {2, valid, false}, kBlank, 0},
        BootRow{"no_slots_test", {.slots = 0, .test = true}, {1, valid}, kBlank, kTestIndex}),
    [](const auto& row) { return row.param.name; });

TEST(GetNextUpdatePartition, GoesRoundInTheOrderOfSubtypes) {
  OtaBoard board({.slots = 3, .factory = true});
  EspOta& ota = board.run(2);
  EXPECT_EQ(ota.get_next_update_partition(), &board.app(0));
  EXPECT_EQ(ota.get_next_update_partition(&board.app(0)), &board.app(1));
  EXPECT_EQ(ota.get_next_update_partition(&board.app(1)), &board.app(2));
  EXPECT_EQ(ota.get_next_update_partition(&board.app(kFactoryIndex)), &board.app(0));
  EXPECT_EQ(ota.get_running_partition(), &board.app(2));
}

TEST(GetNextUpdatePartition, IsTheRunningOneWhereThereIsNoOther) {
  OtaBoard board({.slots = 1});
  EspOta& ota = board.run(0);
  EXPECT_EQ(ota.get_next_update_partition(), &board.app(0));
  OtaHandle handle = 0;
  EXPECT_EQ(ota.begin(ota.get_next_update_partition(), 0, &handle), EspErr::ota_partition_conflict);
}

TEST(GetNextUpdatePartition, IsNoneWithoutSlots) {
  OtaBoard board({.slots = 0, .factory = true});
  EXPECT_EQ(board.run(kFactoryIndex).get_next_update_partition(), nullptr);
}

}  // namespace
}  // namespace updraft::sim
