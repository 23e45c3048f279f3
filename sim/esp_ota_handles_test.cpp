#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/all_are.hpp"
#include "sim/ota_board.hpp"

namespace updraft::sim {
namespace {

using enum format::OtaState;

constexpr std::byte kErased{0xFF};

class EspOtaHandles : public testing::Test {
 protected:
  void SetUp() override {
    board_.fill();
    board_.put_record(0, {1, valid});
    board_.run(0);
  }
  EspErr begin(int index, std::uint32_t size = kOtaWithSequentialWrites) {
    return board_.ota().begin(&board_.app(index), size, &handle_);
  }
  EspErr resume(int index, std::uint32_t offset) {
    return board_.ota().resume(&board_.app(index), kOtaWithSequentialWrites, offset, &handle_);
  }
  EspErr write(const std::vector<std::byte>& data) { return board_.ota().write(handle_, data); }
  MutableBytes slot(int index) { return board_.cells(board_.app(index)); }
  std::uint64_t sector_erases() { return board_.flash.stats().erase_sector.count; }

  OtaBoard board_{{.slots = 2, .factory = true, .test = true}};
  const std::vector<std::byte> image_ = make_image({.version = "2.0.0", .size = 10'000});
  OtaHandle handle_ = 0;
};

// The conditions of begin(), in order: each case also breaks some that come later.
TEST_F(EspOtaHandles, BeginWantsArguments) {
  EXPECT_EQ(board_.ota().begin(nullptr, 0, &handle_), EspErr::invalid_arg);
  EXPECT_EQ(board_.ota().begin(&board_.app(1), 0, nullptr), EspErr::invalid_arg);
}

TEST_F(EspOtaHandles, BeginWantsAPartitionOfTheTable) {
  format::Partition other = board_.app(kFactoryIndex);
  other.size += kFlashSector;
  EXPECT_EQ(board_.ota().begin(&other, 0, &handle_), EspErr::not_found);
}

TEST_F(EspOtaHandles, BeginWantsAnOtaSlotWhereItIsAnApp) {
  board_.run(kFactoryIndex);
  EXPECT_EQ(begin(kFactoryIndex), EspErr::invalid_arg);
  EXPECT_EQ(begin(kTestIndex), EspErr::invalid_arg);
}

TEST_F(EspOtaHandles, BeginRefusesTheRunningPartition) {
  board_.put_record(0, {1, pending_verify});
  EXPECT_EQ(begin(0), EspErr::ota_partition_conflict);
}

TEST_F(EspOtaHandles, BeginRefusesWhileTheRunningAppIsNotConfirmed) {
  ASSERT_EQ(begin(1), EspErr::ok);
  board_.put_record(0, {1, pending_verify});
  EXPECT_EQ(begin(1), EspErr::ota_rollback_invalid_state);
  EXPECT_EQ(resume(1, 0), EspErr::ota_rollback_invalid_state);
}

TEST_F(EspOtaHandles, BeginWithoutRollbackDoesNotAskForTheState) {
  board_.build = BootBuild::plain;
  board_.run(0);
  board_.put_record(0, {1, pending_verify});
  EXPECT_EQ(begin(1), EspErr::ok);
}

TEST_F(EspOtaHandles, BeginRefusesAPartitionThatIsBeingWritten) {
  ASSERT_EQ(begin(1), EspErr::ok);
  EXPECT_EQ(begin(1), EspErr::ota_already_in_progress);
  ASSERT_EQ(board_.ota().abort(handle_), EspErr::ok);
  EXPECT_EQ(begin(1), EspErr::ok);
  EXPECT_EQ(handle_, 2);
}

TEST_F(EspOtaHandles, BeginErasesWhatTheSizeSays) {
  ASSERT_EQ(begin(1, 5000), EspErr::ok);
  EXPECT_TRUE(all_are(slot(1).first(2 * kFlashSector), kErased));
  EXPECT_EQ(sector_erases(), 2);
  ASSERT_EQ(board_.ota().abort(handle_), EspErr::ok);
  for (const std::uint32_t size : {std::uint32_t{0}, kOtaSizeUnknown}) {
    board_.flash.reset_stats();
    ASSERT_EQ(begin(1, size), EspErr::ok);
    EXPECT_EQ(board_.flash.stats().erase_block.count, 1) << "the whole partition";
    ASSERT_EQ(board_.ota().abort(handle_), EspErr::ok);
  }
}

TEST_F(EspOtaHandles, BeginSequentialErasesNothing) {
  ASSERT_EQ(begin(1), EspErr::ok);
  EXPECT_EQ(board_.flash.operations(), 0);
}

TEST_F(EspOtaHandles, BeginRefusesMoreThanThePartition) {
  EXPECT_EQ(begin(1, Board::kAppBytes + 1), EspErr::invalid_size);
}

TEST_F(EspOtaHandles, BeginThatFailsToEraseLeavesTheHandleOpen) {
  board_.flash.mark_stuck(board_.app(1).offset / kFlashSector);
  EXPECT_EQ(begin(1, 4096), EspErr::flash_op_fail);
  EXPECT_EQ(begin(1, 4096), EspErr::ota_already_in_progress);
  EXPECT_EQ(board_.ota().abort(handle_), EspErr::ok);
}

TEST_F(EspOtaHandles, BeginErasesTheInactiveRecord) {
  board_.put_record(1, {2, aborted});
  ASSERT_EQ(begin(1), EspErr::ok);
  EXPECT_TRUE(board_.record(1).empty());
  EXPECT_EQ(board_.record(0).state, valid);
}

TEST_F(EspOtaHandles, BeginKeepsTheRunningSlotsRecord) {
  board_.put_records({1, valid}, {2, valid});  // ota_0 runs after a fallback; ota_1 is newest
  ASSERT_EQ(begin(1), EspErr::ok);
  EXPECT_EQ(board_.record(0).seq, 1);
  EXPECT_EQ(board_.record(1).seq, 2);
}

TEST_F(EspOtaHandles, BeginWithoutRollbackKeepsAllRecords) {
  board_.put_record(1, {2, aborted});
  board_.build = BootBuild::plain;
  board_.run(0);
  ASSERT_EQ(begin(1), EspErr::ok);
  EXPECT_EQ(board_.record(1).seq, 2);
}

TEST_F(EspOtaHandles, WriteErasesTheSectorsItEnters) {
  ASSERT_EQ(begin(1), EspErr::ok);
  const auto part = [&](std::size_t at, std::size_t n) {
    return std::vector<std::byte>(image_.begin() + static_cast<std::ptrdiff_t>(at),
                                  image_.begin() + static_cast<std::ptrdiff_t>(at + n));
  };
  ASSERT_EQ(write(part(0, 4096)), EspErr::ok);  // enters sector 0
  EXPECT_EQ(sector_erases(), 1);
  ASSERT_EQ(write(part(4096, 1)), EspErr::ok);  // enters sector 1
  EXPECT_EQ(sector_erases(), 2);
  ASSERT_EQ(write(part(4097, 4095)), EspErr::ok);  // fills it
  EXPECT_EQ(sector_erases(), 2);
  ASSERT_EQ(write(part(8192, 1808)), EspErr::ok);
  EXPECT_EQ(sector_erases(), 3);
  EXPECT_TRUE(std::ranges::equal(slot(1).first(10'000), image_));
  EXPECT_EQ(board_.ota().end(handle_), EspErr::ok);
}

TEST_F(EspOtaHandles, WriteLooksAtTheFirstByteOnly) {
  ASSERT_EQ(begin(1), EspErr::ok);
  EXPECT_EQ(write({std::byte{0x3C}}), EspErr::ota_validate_failed);
  EXPECT_EQ(write({std::byte{0xE9}}), EspErr::ok);
  EXPECT_EQ(write({std::byte{0x3C}}), EspErr::ok);
}

TEST_F(EspOtaHandles, WriteChecksItsArguments) {
  ASSERT_EQ(begin(1), EspErr::ok);
  EXPECT_EQ(board_.ota().write(handle_, {}), EspErr::invalid_arg);  // NULL
  EXPECT_EQ(board_.ota().write(99, Bytes(image_).first(0)), EspErr::ok);
  EXPECT_EQ(board_.ota().write(99, image_), EspErr::invalid_arg);
}

TEST_F(EspOtaHandles, WriteStopsAtTheEndOfThePartition) {
  ASSERT_EQ(begin(1, 0), EspErr::ok);
  std::vector<std::byte> all(Board::kAppBytes, std::byte{0xE9});
  ASSERT_EQ(write(all), EspErr::ok);
  EXPECT_EQ(write({std::byte{0}}), EspErr::invalid_size);
}

TEST_F(EspOtaHandles, WriteWithOffsetWantsABulkErase) {
  ASSERT_EQ(begin(1, 0), EspErr::ok);
  const Bytes tail = Bytes(image_).subspan(288);
  EXPECT_EQ(board_.ota().write_with_offset(handle_, tail, 288), EspErr::ok);
  EXPECT_EQ(board_.ota().write_with_offset(handle_, Bytes(image_).first(288), 0), EspErr::ok);
  EXPECT_EQ(board_.ota().end(handle_), EspErr::ok);
  ASSERT_EQ(begin(1), EspErr::ok);
  EXPECT_DEATH((void)board_.ota().write_with_offset(handle_, tail, 288), "sequential");
}

TEST_F(EspOtaHandles, ResumeGoesOnWhereItIsTold) {
  ASSERT_EQ(begin(1), EspErr::ok);
  ASSERT_EQ(board_.ota().write(handle_, Bytes(image_).first(4096)), EspErr::ok);
  board_.run(0);
  ASSERT_EQ(resume(1, 4096), EspErr::ok);
  EXPECT_EQ(sector_erases(), 1) << "resume() erases nothing";
  ASSERT_EQ(board_.ota().write(handle_, Bytes(image_).subspan(4096)), EspErr::ok);
  EXPECT_EQ(board_.ota().end(handle_), EspErr::ok);
}

TEST_F(EspOtaHandles, ResumeInsideASectorDoesNotEraseIt) {
  std::ranges::fill(slot(1), std::byte{0});
  ASSERT_EQ(resume(1, 4000), EspErr::ok);
  ASSERT_EQ(write(std::vector<std::byte>(96, std::byte{0x55})), EspErr::ok);
  EXPECT_EQ(board_.flash.stats().erase_sector.count, 0);
  EXPECT_EQ(slot(1)[4000], std::byte{0}) << "new = old & data";
}

TEST_F(EspOtaHandles, ResumeRefusesAnOffsetOutside) {
  EXPECT_EQ(resume(1, Board::kAppBytes + 1), EspErr::invalid_arg);
  EXPECT_EQ(resume(0, 0), EspErr::ota_partition_conflict);
}

TEST_F(EspOtaHandles, EndVerifiesAndAlwaysFrees) {
  EXPECT_EQ(board_.ota().end(1), EspErr::not_found);
  ASSERT_EQ(begin(1), EspErr::ok);
  EXPECT_EQ(board_.ota().end(handle_), EspErr::invalid_arg) << "nothing written";
  ASSERT_EQ(begin(1), EspErr::ok);
  ASSERT_EQ(board_.ota().write(handle_, Bytes(image_).first(9'999)), EspErr::ok);
  EXPECT_EQ(board_.ota().end(handle_), EspErr::ota_validate_failed);
  EXPECT_EQ(board_.ota().end(handle_), EspErr::not_found);
  EXPECT_EQ(board_.ota().abort(handle_), EspErr::not_found);
}

TEST_F(EspOtaHandles, EndDoesNotTouchOtadata) {
  ASSERT_EQ(begin(1), EspErr::ok);
  ASSERT_EQ(write(image_), EspErr::ok);
  ASSERT_EQ(board_.ota().end(handle_), EspErr::ok);
  EXPECT_EQ(board_.ota().get_boot_partition(), &board_.app(0));
}

}  // namespace
}  // namespace updraft::sim
