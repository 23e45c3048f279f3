#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/all_are.hpp"
#include "sim/ota_board.hpp"

namespace updraft::sim {
namespace {

using enum format::OtaState;

constexpr Record kBlank{};

class EspOtaMarking : public testing::Test {
 protected:
  void SetUp() override {
    board_.fill();
    board_.run(1);
  }
  void records(const Record& first, const Record& second) { board_.put_records(first, second); }
  EspErr state(int index) { return board_.ota().get_state_partition(&board_.app(index), &state_); }

  OtaBoard board_;
  format::OtaState state_{};
};

TEST_F(EspOtaMarking, StateIsThatOfTheFirstRecordWithARightCrc) {
  records({1, valid}, {2, pending_verify});
  EXPECT_EQ(state(1), EspErr::ok);
  EXPECT_EQ(state_, pending_verify);
  records({2, aborted}, {4, new_image});  // both stand for ota_1
  EXPECT_EQ(state(1), EspErr::ok);
  EXPECT_EQ(state_, aborted);
  records({2, aborted, false}, {4, new_image});
  EXPECT_EQ(state(1), EspErr::ok);
  EXPECT_EQ(state_, new_image);
}

TEST_F(EspOtaMarking, StateNeedsASlotAndItsRecord) {
  records({1, valid}, kBlank);
  EXPECT_EQ(state(1), EspErr::not_found);
  EXPECT_EQ(board_.ota().get_state_partition(nullptr, &state_), EspErr::invalid_arg);
  EXPECT_EQ(board_.ota().get_state_partition(&board_.app(1), nullptr), EspErr::invalid_arg);
  EXPECT_EQ(board_.ota().get_state_partition(&board_.table.entries()[0], &state_),
            EspErr::not_supported);
}

TEST_F(EspOtaMarking, ConfirmWritesValidOnce) {
  records({1, valid}, {2, pending_verify});
  EXPECT_EQ(board_.ota().mark_app_valid_cancel_rollback(), EspErr::ok);
  EXPECT_EQ(board_.record(1).state, valid);
  EXPECT_EQ(board_.record(1).seq, 2);
  board_.flash.reset_stats();
  EXPECT_EQ(board_.ota().mark_app_valid_cancel_rollback(), EspErr::ok);
  EXPECT_EQ(board_.flash.stats().erase_sector.count, 0);
}

TEST_F(EspOtaMarking, ConfirmWithoutARecordFails) {
  EXPECT_EQ(board_.ota().mark_app_valid_cancel_rollback(), EspErr::fail);
  records({1, aborted}, {2, valid, false});
  EXPECT_EQ(board_.ota().mark_app_valid_cancel_rollback(), EspErr::fail);
}

TEST_F(EspOtaMarking, ConfirmMeansTheNewestRecordWhoeverRuns) {
  records({1, new_image}, {4, undefined});
  board_.run(0);  // after a fallback
  EXPECT_EQ(board_.ota().mark_app_valid_cancel_rollback(), EspErr::ok);
  EXPECT_EQ(board_.record(1).state, valid);
  EXPECT_EQ(board_.record(0).state, new_image);
}

TEST_F(EspOtaMarking, ConfirmRaisesTheCounterInAntiRollbackBuilds) {
  records({1, valid}, {2, pending_verify});
  board_.put(1, {.secure_version = 3});
  board_.build = BootBuild::anti_rollback;
  board_.run(1);
  EXPECT_EQ(board_.ota().mark_app_valid_cancel_rollback(), EspErr::ok);
  EXPECT_EQ(board_.efuse.secure_version(), 3);
}

TEST_F(EspOtaMarking, GivingUpNeedsAnotherApp) {
  records({1, aborted}, {2, pending_verify});
  EXPECT_EQ(board_.ota().mark_app_invalid_rollback(), EspErr::ota_rollback_failed);
  EXPECT_EQ(board_.record(1).state, pending_verify);
  records({1, valid}, {2, pending_verify});
  board_.break_image(0);
  EXPECT_EQ(board_.ota().mark_app_invalid_rollback(), EspErr::ota_rollback_failed);
}

TEST_F(EspOtaMarking, GivingUpLeavesTheOtherToBoot) {
  records({1, valid}, {2, pending_verify});
  EXPECT_EQ(board_.ota().mark_app_invalid_rollback(), EspErr::ok);
  EXPECT_EQ(board_.record(1).state, invalid);
  EXPECT_EQ(board_.restart(), 0);
  EXPECT_EQ(board_.ota().get_last_invalid_partition(), &board_.app(1));
}

TEST_F(EspOtaMarking, GivingUpCanGoBackToFactory) {
  OtaBoard board({.slots = 2, .factory = true});
  board.fill();
  board.put_records({1, pending_verify}, kBlank);
  board.run(0);
  EXPECT_EQ(board.ota().mark_app_invalid_rollback(), EspErr::ok);
  EXPECT_EQ(board.restart(), kFactoryIndex);
}

TEST_F(EspOtaMarking, GivingUpNeverGoesBelowTheCounter) {
  records({1, valid}, {2, pending_verify});
  board_.build = BootBuild::anti_rollback;
  ASSERT_EQ(board_.efuse.raise_secure_version(1), EspErr::ok);
  board_.run(1);
  EXPECT_EQ(board_.ota().mark_app_invalid_rollback(), EspErr::ota_rollback_failed);
}

TEST_F(EspOtaMarking, WithoutOtadataThereIsNothingToMark) {
  OtaBoard board({.slots = 2, .otadata = false});
  board.fill();
  board.run(0);
  EXPECT_EQ(board.ota().mark_app_valid_cancel_rollback(), EspErr::not_found);
  EXPECT_EQ(board.ota().mark_app_invalid_rollback(), EspErr::not_found);
  EXPECT_EQ(board.ota().erase_last_boot_app_partition(), EspErr::fail);
  EXPECT_EQ(board.ota().get_last_invalid_partition(), nullptr);
}

TEST_F(EspOtaMarking, LastInvalidIsTheOneWithTheSmallerSeq) {
  records({3, invalid}, {2, aborted});
  EXPECT_EQ(board_.ota().get_last_invalid_partition(), &board_.app(1));
  board_.break_image(1);
  EXPECT_EQ(board_.ota().get_last_invalid_partition(), nullptr);
  records({3, invalid}, {2, aborted, false});
  EXPECT_EQ(board_.ota().get_last_invalid_partition(), &board_.app(0));
  records({3, valid}, {2, valid});
  EXPECT_EQ(board_.ota().get_last_invalid_partition(), nullptr);
}

TEST_F(EspOtaMarking, EraseLastBootAppTakesSlotAndRecord) {
  records({1, valid}, {2, valid});
  EXPECT_EQ(board_.ota().erase_last_boot_app_partition(), EspErr::ok);
  EXPECT_TRUE(all_are(board_.cells(board_.app(0)), std::byte{0xFF}));
  EXPECT_TRUE(board_.record(0).empty());
  EXPECT_EQ(board_.record(1).state, valid);
  EXPECT_EQ(board_.ota().erase_last_boot_app_partition(), EspErr::fail) << "nothing left";
}

TEST_F(EspOtaMarking, EraseLastBootAppSparesTheRunningOne) {
  records({1, valid}, {2, valid});
  board_.run(0);  // after a fallback
  EXPECT_EQ(board_.ota().erase_last_boot_app_partition(), EspErr::fail);
}

// A sound header and segment, and no app descriptor where it has to be: what a torn page can leave.
TEST(EspOtaAborts, WhereAnAntiRollbackBuildVerifiesAnAppWithoutDescriptor) {
  OtaBoard board({.slots = 2});
  board.fill();
  board.put_records({1, valid}, {2, aborted});
  std::ranges::fill(board.cells(board.app(1)).subspan(34), std::byte{0xFF});
  board.run(0);
  EXPECT_EQ(board.ota().get_last_invalid_partition(), nullptr)
      << "other builds find a broken image";
  board.build = BootBuild::anti_rollback;
  board.run(0);
  EXPECT_DEATH((void)board.ota().get_last_invalid_partition(), "no app descriptor");
  EXPECT_DEATH((void)board.ota().set_boot_partition(&board.app(1)), "no app descriptor");
  board.put_records({1, valid}, {2, valid});
  EXPECT_FALSE(board.boot(BootBuild::anti_rollback).trace.empty()) << "the bootloader looks first";
  board.put_records({3, pending_verify}, {2, valid});
  EXPECT_DEATH((void)board.ota().mark_app_invalid_rollback(), "no app descriptor");
  std::ranges::fill(board.cells(board.app(1)), std::byte{0xFF});
  EXPECT_EQ(board.ota().mark_app_invalid_rollback(), EspErr::ota_rollback_failed);
}

}  // namespace
}  // namespace updraft::sim
