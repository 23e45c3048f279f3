// Partitions that are not apps can be written with the same calls (ESP-IDF 5.5 and later).
#include <gtest/gtest.h>

#include "sim/ota_board.hpp"

namespace updraft::sim {
namespace {

using format::Partition;
using format::PartitionType;

class EspOtaOtherPartitions : public testing::Test {
 protected:
  void SetUp() override {
    board_.fill();
    add(PartitionType::data, 0x83, 0x1000, "storage");
    add(PartitionType::partition_table, 0x01, 0x1000, "new_table");
    add(PartitionType::bootloader, 0x01, 0x1000, "new_boot");
    add(PartitionType::data, 0x81, 0x1000, "fixed", format::kPartitionReadonly);
    board_.run(0);
  }
  void add(PartitionType type, std::uint8_t subtype, std::uint32_t size, std::string_view label,
           std::uint32_t flags = 0) {
    ASSERT_TRUE(board_.table.add({type, subtype, next_, size, Text<16>(label), flags}));
    next_ += size;
  }
  EspErr begin(std::string_view label, std::uint32_t size = 0) {
    return board_.ota().begin(board_.table.find(label), size, &handle_);
  }
  EspErr install(std::string_view label, Bytes content) {
    if (const EspErr err = begin(label); err != EspErr::ok) return err;
    const EspErr written = board_.ota().write(handle_, content);
    const EspErr ended = board_.ota().end(handle_);
    return written != EspErr::ok ? written : ended;
  }

  OtaBoard board_;
  std::uint32_t next_ = 0x1000;  // in front of the table
  OtaHandle handle_ = 0;
};

TEST_F(EspOtaOtherPartitions, DataIsNotJudged) {
  EXPECT_EQ(install("storage", as_bytes("anything")), EspErr::ok);
  EXPECT_EQ(board_.cells(*board_.table.find("storage"))[1], std::byte{'n'});
}

// What begin() and resume() ask of an app slot they do not ask of others.
TEST_F(EspOtaOtherPartitions, CanBeWrittenWhileTheAppIsOnTrial) {
  board_.put_records({1, format::OtaState::pending_verify}, {2, format::OtaState::aborted});
  EXPECT_EQ(install("storage", as_bytes("anything")), EspErr::ok);
  EXPECT_EQ(board_.ota().resume(board_.table.find("storage"), 0, 0, &handle_), EspErr::ok);
  EXPECT_EQ(board_.record(1).seq, 2) << "and otadata stays as it is";
  OtaHandle app = 0;
  EXPECT_EQ(board_.ota().begin(&board_.app(1), 0, &app), EspErr::ota_rollback_invalid_state);
  EXPECT_EQ(board_.ota().resume(&board_.app(1), 0, 0, &app), EspErr::ota_rollback_invalid_state);
}

TEST_F(EspOtaOtherPartitions, LeaveTheRecordsOfTheAppsAlone) {
  board_.put_records({1, format::OtaState::valid}, {2, format::OtaState::aborted});
  EXPECT_EQ(install("storage", as_bytes("anything")), EspErr::ok);
  EXPECT_EQ(board_.record(1).seq, 2);
}

TEST_F(EspOtaOtherPartitions, ATableIsJudgedByItsMagicAndThenAsAWhole) {
  std::vector<std::byte> table(format::kPartitionTableBytes);
  ASSERT_TRUE(board_.flash.read(format::kPartitionTableOffset, table));
  EXPECT_EQ(install("new_table", table), EspErr::ok);
  EXPECT_EQ(install("new_table", as_bytes("anything")), EspErr::ota_validate_failed);
  table[8] ^= std::byte{1};
  EXPECT_EQ(install("new_table", table), EspErr::ota_validate_failed) << "its MD5 is wrong";
}

TEST_F(EspOtaOtherPartitions, ABootloaderIsNotModelled) {
  EXPECT_EQ(begin("new_boot"), EspErr::not_supported);
}

TEST_F(EspOtaOtherPartitions, AReadonlyPartitionIsNotAllowed) {
  EXPECT_EQ(begin("fixed"), EspErr::not_allowed);
  board_.run(0);
  ASSERT_EQ(begin("fixed", kOtaWithSequentialWrites), EspErr::ok);
  EXPECT_EQ(board_.ota().write(handle_, as_bytes("anything")), EspErr::not_allowed);
  board_.run(0);
  ASSERT_EQ(board_.ota().resume(board_.table.find("fixed"), 0, 0, &handle_), EspErr::ok);
  EXPECT_EQ(board_.ota().write(handle_, as_bytes("anything")), EspErr::not_allowed);
}

TEST_F(EspOtaOtherPartitions, NoneOfThemCanBecomeTheBootPartition) {
  EXPECT_EQ(board_.ota().set_boot_partition(board_.table.find("storage")),
            EspErr::ota_validate_failed);
  std::vector<std::byte> image = make_image({});
  store_le32(image, format::kImageHeaderBytes, 0x3C001020);  // where "storage" stands in a page
  reseal_image(image);
  ASSERT_EQ(install("storage", image), EspErr::ok);
  EXPECT_EQ(board_.ota().set_boot_partition(board_.table.find("storage")), EspErr::invalid_arg);
}

TEST_F(EspOtaOtherPartitions, WriteWithOffsetStaysInside) {
  ASSERT_EQ(begin("storage"), EspErr::ok);
  EXPECT_EQ(board_.ota().write_with_offset(handle_, as_bytes("xy"), 0x0FFF), EspErr::invalid_size);
  EXPECT_EQ(board_.ota().write_with_offset(handle_, as_bytes("xy"), 0x1001), EspErr::invalid_arg);
  EXPECT_EQ(board_.ota().write_with_offset(handle_, {}, 0), EspErr::invalid_arg);
  EXPECT_EQ(board_.ota().write_with_offset(99, as_bytes("xy"), 0), EspErr::invalid_arg);
}

}  // namespace
}  // namespace updraft::sim
