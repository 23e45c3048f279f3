#include "sim/encrypted_flash.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "engine/pipeline/slot_writer.hpp"
#include "sim/nor_flash.hpp"

namespace updraft::sim {
namespace {

constexpr std::uint32_t kApp = 0x10000, kData = 0x20000, kSafe = 0x21000;

format::PartitionTable table() {
  format::PartitionTable table;
  const auto add = [&](format::PartitionType type, std::uint8_t subtype, std::uint32_t offset,
                       std::uint32_t size, std::uint32_t flags = 0) {
    (void)table.add({type, subtype, offset, size, Text<16>(std::string_view("x")), flags});
  };
  add(format::PartitionType::data, format::kDataOta, 0x9000, 0x2000);
  add(format::PartitionType::app, format::kAppOta0, kApp, 0x10000);
  add(format::PartitionType::data, format::kDataUndefined, kData, 0x1000);
  add(format::PartitionType::data, format::kDataUndefined, kSafe, 0x1000,
      format::kPartitionEncrypted);
  return table;
}

struct EncryptedFlashTest : testing::Test {
  std::vector<std::byte> read(std::uint32_t offset, std::size_t size) {
    std::vector<std::byte> out(size);
    EXPECT_TRUE(flash.read(offset, out));
    return out;
  }
  std::vector<std::byte> cells = std::vector<std::byte>(0x24000, std::byte{0xFF});
  VirtualClock clock;
  NorFlash nor{cells, clock};
  EncryptedFlash flash{nor, table()};
};

const std::vector<std::byte> kText(100, std::byte{0x41});

TEST_F(EncryptedFlashTest, GivesBackWhatWasProgrammedAndHidesIt) {
  for (const std::uint32_t at : {0x9000u, kApp + 48, kSafe}) {
    ASSERT_TRUE(flash.program(at, kText));
    EXPECT_EQ(read(at, kText.size()), kText);
    EXPECT_EQ(read(at + 7, 33), std::vector<std::byte>(33, std::byte{0x41})) << "any piece of it";
    EXPECT_FALSE(std::equal(kText.begin(), kText.end(), cells.begin() + at));
    EXPECT_EQ(read(at + 100, 12), std::vector<std::byte>(12, std::byte{0xFF})) << "filled up";
  }
  EXPECT_NE(cells[kApp + 48], cells[kSafe]) << "by address";
}

TEST_F(EncryptedFlashTest, LeavesTheOthersAlone) {
  ASSERT_TRUE(flash.program(kData + 3, kText));
  EXPECT_TRUE(std::equal(kText.begin(), kText.end(), cells.begin() + kData + 3));
  const auto over_the_border = read(kData + 0xFF0, 32);
  EXPECT_TRUE(is_erased(Bytes(over_the_border).first(16)));
  EXPECT_FALSE(is_erased(Bytes(over_the_border).subspan(16)));
}

TEST_F(EncryptedFlashTest, DoesNotReadBlankWhereItIsErased) {
  EXPECT_FALSE(flash.erased_reads_blank());
  EXPECT_FALSE(is_erased(read(kApp, 4096)));
  EXPECT_FALSE(flash.program(kApp + 8, kText)) << "no block starts there";
}

// What the writer leaves out on other flash: pages of FF after an erase, and pages that "fit".
TEST_F(EncryptedFlashTest, TakesEveryPageOfAnUpdate) {
  std::vector<std::byte> content(3 * kFlashSector, std::byte{0x5A});
  std::ranges::fill(MutableBytes(content).subspan(kFlashSector - 512, 2048), std::byte{0xFF});
  FlashWindow slot(flash, kApp, 0x10000);
  pipeline::SlotWriter::Room room;
  pipeline::SlotWriter writer{room};
  for (int time = 0; time < 3; ++time) {
    writer.reset(slot, {});
    ASSERT_TRUE(writer.push(content));
    ASSERT_TRUE(writer.finish());
    EXPECT_EQ(read(kApp, content.size()), content) << "update " << time;
    std::ranges::fill(MutableBytes(content).subspan(5120, 256), std::byte{0x11});
  }
}

}  // namespace
}  // namespace updraft::sim
