#include "host/dump/core_dump.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/core_image.hpp"

namespace updraft::dump {
namespace {

const fakes::CoreImage kXtensa{
    .chip_id = 9,
    .tasks = {{0x3FCA0000, "main", 0x42001234}, {0x3FCA4000, "IDLE", 0x40380000}},
    .crashed = 0x3FCA0000,
    .exccause = 28,
    .excvaddr = 0x10};
const fakes::CoreImage kRiscv{
    .chip_id = 5,
    .tasks = {{0x3FC90000, "IDLE", 0x42000001}, {0x3FC94000, "wifi", 0x42004444, 7, 0xDEADBEE0}},
    .crashed = 0x3FC94000,
    .panic = "abort() was called at PC 0x42004444 on core 0"};

TEST(CoreDump, OfXtensaSaysWhatCrashedWhereAndWhy) {
  const auto bytes = kXtensa.make();
  const CoreDump core = read_core_dump(bytes);
  EXPECT_TRUE(core.sound);
  EXPECT_EQ(core.chip_id, 9);
  EXPECT_EQ(core.app_sha256, "0123456789abcdef");
  ASSERT_TRUE(core.crashed);
  EXPECT_EQ(core.crashed->name, "main");
  EXPECT_EQ(core.crashed->pc, 0x42001234u);
  EXPECT_EQ(core.cause, "LoadProhibited");
  EXPECT_EQ(core.address, 0x10u);
  EXPECT_EQ(core.tasks.size(), 2u);
  EXPECT_EQ(as_text(core.elf.first(4)),
            "\x7f"
            "ELF");
}

TEST(CoreDump, OfRiscvTakesTheCauseFromTheTasksFrame) {
  const auto bytes = kRiscv.make();
  const CoreDump core = read_core_dump(bytes);
  ASSERT_TRUE(core.crashed);
  EXPECT_EQ(core.crashed->name, "wifi");
  EXPECT_EQ(core.cause, "Store access fault");
  EXPECT_EQ(core.address, 0xDEADBEE0u);
  EXPECT_EQ(core.panic, kRiscv.panic);
}

TEST(CoreDump, OfEveryVersionIsRead) {
  for (std::uint8_t minor = 0; minor <= 4; ++minor) {
    fakes::CoreImage image = kXtensa;
    image.minor = minor;
    const auto bytes = image.make();
    const CoreDump core = read_core_dump(bytes);
    EXPECT_TRUE(core.sound) << int{minor};
    ASSERT_TRUE(core.crashed) << int{minor};
    EXPECT_EQ(core.crashed->name, "main");
  }
}

TEST(CoreDump, AnOlderFormIsKnownByItsHeader) {
  std::vector<std::byte> bytes(256);
  store_le32(bytes, 0, 200);
  store_le32(bytes, 4, 0x0002);
  EXPECT_TRUE(is_core_dump(bytes));
  const CoreDump core = read_core_dump(bytes);
  EXPECT_EQ(core.major, 0);
  EXPECT_TRUE(core.elf.empty());
}

TEST(CoreDump, IsDamagedByAnyBit) {
  auto bytes = kRiscv.make();
  for (std::size_t at = 8; at < bytes.size(); at += 97) {
    bytes[at] ^= std::byte{4};
    EXPECT_FALSE(read_core_dump(bytes).sound) << at;
    bytes[at] ^= std::byte{4};
  }
}

TEST(CoreDump, CutAnywhereTellsWhatIsThere) {
  const auto bytes = kXtensa.make();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<std::byte> cut(bytes.begin(),
                                     bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const CoreDump core = read_core_dump(cut);
    EXPECT_FALSE(core.sound);
    EXPECT_LE(core.elf.size(), size);
  }
}

TEST(CoreDump, ErasedFlashAndOtherBytesAreNone) {
  EXPECT_FALSE(is_core_dump({}));
  EXPECT_FALSE(is_core_dump(std::vector<std::byte>(4096, std::byte{0xFF})));
  EXPECT_FALSE(is_core_dump(std::vector<std::byte>(4096)));
  auto other = kXtensa.make();
  store_le32(other, 4, 0x00990104);
  EXPECT_FALSE(is_core_dump(other)) << "a chip that there is not";
  auto endless = kXtensa.make();
  store_le32(endless, 0, 0xFFFFFFFF);
  EXPECT_FALSE(is_core_dump(endless));
}

TEST(CoreDump, TasksWithoutEndAreCounted) {
  fakes::CoreImage image = kXtensa;
  image.tasks.assign(100, image.tasks[0]);
  const auto bytes = image.make();
  const CoreDump core = read_core_dump(bytes);
  EXPECT_EQ(core.tasks.size(), kMaxCoreTasks);
  EXPECT_EQ(core.more_tasks, 100 - kMaxCoreTasks);
}

}  // namespace
}  // namespace updraft::dump
