#include "sim/device.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/board.hpp"

namespace updraft::sim {
namespace {

class Quiet final : public Observer {};

// The bootloader accepts the table, the app of ESP-IDF does not.
TEST(Device, RunsNoAppWhoseTableHasNoMd5) {
  Board board;
  board.fill();
  board.put_record(0, {1, format::OtaState::valid});
  Policy policy;
  Quiet quiet;
  Device device(board.flash, board.efuse, BootBuild::rollback, policy, quiet);
  EXPECT_TRUE(device.power_on().app);
  EXPECT_TRUE(device.runs());
  std::array<std::byte, format::kPartitionTableBytes> table;
  ASSERT_TRUE(format::write_partition_table(board.table.entries(), table, false));
  ASSERT_TRUE(board.flash.erase(format::kPartitionTableOffset, kFlashSector));
  ASSERT_TRUE(board.flash.program(format::kPartitionTableOffset, table));
  EXPECT_TRUE(board.boot(BootBuild::rollback).app);
  const BootReport& report = device.power_on();
  EXPECT_FALSE(device.runs());
  ASSERT_FALSE(report.app);
  EXPECT_EQ(report.app.error().code, Code::malformed);
  EXPECT_THAT(report.trace.back(), testing::HasSubstr("no MD5"));
}

}  // namespace
}  // namespace updraft::sim
