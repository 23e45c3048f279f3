// From the app that should boot to one that can: order of fallback, first boot, what is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/board.hpp"
#include "sim/raw_image.hpp"

namespace updraft::sim {
namespace {

using enum format::OtaState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr Layout kAll{.slots = 4, .factory = true, .test = true};

struct Row {
  std::string name;
  Layout layout;
  std::uint32_t seq;        // of record 0: asks for slot seq - 1
  std::vector<int> broken;  // images that do not verify
  int boots;
};
constexpr int kNothing = -99;
constexpr int F = kFactoryIndex;

// clang-format off
const Row kRows[] = {
    {"the_chosen_one",      kAll,         3, {},                    2},
    {"down_first",          kAll,         3, {2},                   1},
    {"down_to_factory",     kAll,         3, {2, 1, 0},             F},
    {"then_up",             kAll,         3, {2, 1, 0, F},          3},
    {"test_last",           kAll,         3, {2, 1, 0, F, 3},       kTestIndex},
    {"nothing",             kAll,         3, {2, 1, 0, F, 3, kTestIndex}, kNothing},
    {"missing_are_skipped", {.slots = 3}, 2, {1, 0},                2},
};
// clang-format on

class BootOrder : public testing::TestWithParam<Row> {};

TEST_P(BootOrder, FallsBack) {
  const Row& row = GetParam();
  Board board(row.layout);
  board.fill();
  board.put_record(0, {row.seq, valid});
  for (const int index : row.broken) board.break_image(index);
  const BootReport report = board.boot(BootBuild::rollback);
  EXPECT_EQ(report.app ? report.app->index : kNothing, row.boots);
  EXPECT_THAT(report.writes, IsEmpty()) << "falling back does not touch otadata";
}

INSTANTIATE_TEST_SUITE_P(Rows, BootOrder, testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

// Images whose bytes are right, and which the bootloader all the same does not load.
struct Unloadable {
  std::string name;
  std::vector<std::byte> image;
  std::string said;
};

std::vector<std::byte> changed(std::size_t at, std::uint32_t value, const DemoImage& demo = {}) {
  std::vector<std::byte> image = make_image(demo);
  store_le32(image, at, value);
  reseal_image(image);
  return image;
}

class BootUnloadable : public testing::TestWithParam<Unloadable> {};

TEST_P(BootUnloadable, FallsBackAndSaysWhy) {
  Board board;
  board.fill();
  board.put(board.app(1), GetParam().image);
  board.put_records({1, valid}, {2, valid});
  const BootReport report = board.boot(BootBuild::rollback);
  ASSERT_TRUE(report.app);
  EXPECT_EQ(report.app->index, 0);
  EXPECT_THAT(report.trace, testing::Contains(HasSubstr("ota_1: " + GetParam().said)));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BootUnloadable,
    testing::Values(
        Unloadable{"no_memory", changed(24, 0x60000000), "a segment is loaded to 0x60000000"},
        Unloadable{"past_its_end", changed(24, 0x3FCDFFF0), "a segment is loaded to 0x3fcdfff0"},
        Unloadable{"over_the_loader", changed(24, 0x403CE800), "a segment is loaded to 0x403ce800"},
        Unloadable{"over_its_data", changed(24, 0x3FCD6000), "a segment is loaded to 0x3fcd6000"},
        Unloadable{"over_its_stack", changed(24, 0x3FCDE000), "a segment is loaded to 0x3fcde000"},
        Unloadable{"peripherals", changed(24, 0x20000000), "a segment is loaded to 0x20000000"},
        Unloadable{"bootloader", make_bootloader({}), "a bootloader, not an app"},
        Unloadable{"old_bootloader", make_bootloader({.descriptor = false}),
                   "a bootloader, not an app"},
        Unloadable{"block_revision", make_image({.min_efuse_blk_rev_full = 25185}),
                   "image allows eFuse block revision v251.85 to v0.99, the chip has v0.0"}),
    [](const auto& row) { return row.param.name; });

// A mapped segment lies in an MMU page as it does in flash, wherever its partition begins.
TEST(BootLoadPlacement, CountsFromTheStartOfFlash) {
  constexpr std::uint32_t kOffset = 0x18000;
  for (const std::uint32_t load_addr : {0x3C000020u, 0x3C008020u}) {
    Board board({.slots = 0});
    const format::Partition app{format::PartitionType::app, format::kAppFactory, kOffset, 0x8000,
                                Text<16>(std::string_view("factory"))};
    ASSERT_TRUE(board.table.add(app));
    board.write_table(board.table);
    std::vector<std::byte> image = make_image({});
    store_le32(image, format::kImageHeaderBytes, load_addr);
    reseal_image(image);
    std::ranges::copy(image, board.cells(app).begin());
    EXPECT_EQ(board.boot(BootBuild::rollback).app.has_value(), load_addr == 0x3C008020u);
  }
}

class BootLoad : public testing::Test {
 protected:
  std::vector<std::string> trace(BootBuild build = BootBuild::rollback) {
    return board_.boot(build).trace;
  }
  Board board_;
};

TEST_F(BootLoad, AnAbortedSlotBootsAsTheLastResort) {
  board_.fill();
  board_.put_records({1, valid}, {2, aborted});
  board_.break_image(0);
  const BootReport report = board_.boot(BootBuild::rollback);
  ASSERT_TRUE(report.app);
  EXPECT_EQ(report.app->index, 1);
  EXPECT_EQ(report.app->state, aborted);
}

TEST_F(BootLoad, FallbackRunsAnAppWithoutRecord) {
  board_.fill();
  board_.put_record(0, {1, valid});
  board_.break_image(0);
  const BootReport report = board_.boot(BootBuild::rollback);
  ASSERT_TRUE(report.app);
  EXPECT_EQ(report.selected, 0);
  EXPECT_EQ(report.app->index, 1);
  EXPECT_EQ(report.app->state, undefined);
}

TEST_F(BootLoad, FirstBootWritesTheRecordOfTheAppThatBoots) {
  board_.fill();
  board_.break_image(0);
  const BootReport report = board_.boot(BootBuild::plain);
  ASSERT_TRUE(report.app);
  EXPECT_EQ(report.app->index, 1);
  EXPECT_EQ(report.app->state, valid);
  EXPECT_THAT(report.writes, ElementsAre(RecordWrite{0, 2, valid}));
  EXPECT_TRUE(board_.record(0).usable());
}

TEST_F(BootLoad, SaysWhyInOrder) {
  board_.fill();
  board_.put_records({1, valid}, {2, pending_verify});
  board_.break_image(0);
  EXPECT_THAT(trace(), ElementsAre("record 0: seq 1 for ota_0, valid",
                                   "record 1: seq 2 for ota_1, pending_verify",
                                   "record 1: not confirmed before this reset, marked aborted",
                                   "record 0 is the newest usable one: starting with ota_0",
                                   "ota_0: image checksum wrong, trying ota_1",
                                   "ota_1: sound, boots (version ota_1)"));
}

TEST_F(BootLoad, SaysThatNothingBoots) {
  board_.put_records({1, valid}, {2, valid, false});
  EXPECT_THAT(
      trace(),
      ElementsAre("record 0: seq 1 for ota_0, valid", "record 1: seq 2 for ota_1, valid, crc wrong",
                  "record 0 is the newest usable one: starting with ota_0",
                  "ota_0: erased, no image, trying ota_1", "ota_1: erased, no image",
                  "no app can boot: the chip resets for ever"));
  const BootReport report = board_.boot(BootBuild::rollback);
  EXPECT_EQ(report.app.error().code, Code::not_an_image);
}

TEST_F(BootLoad, ReadOnlyDecidesTheSameAndWritesNothing) {
  board_.fill();
  board_.put_records({1, valid}, {2, new_image});
  Bootloader bootloader(board_.flash, board_.efuse, {.read_only = true});
  const BootReport report = bootloader.boot();
  ASSERT_TRUE(report.app);
  EXPECT_EQ(report.app->index, 1);
  EXPECT_EQ(report.app->state, pending_verify);
  EXPECT_THAT(report.writes, ElementsAre(RecordWrite{1, 2, pending_verify}));
  EXPECT_EQ(board_.flash.operations(), 0);
  EXPECT_EQ(board_.record(1).state, new_image);
}

TEST_F(BootLoad, ReadOnlyBurnsNoFuse) {
  board_.fill(3);
  board_.put_record(0, {1, valid});
  Bootloader bootloader(board_.flash, board_.efuse,
                        {.build = BootBuild::anti_rollback, .read_only = true});
  EXPECT_EQ(bootloader.boot().secure_version, 3);
  EXPECT_EQ(board_.efuse.secure_version(), 0);
}

TEST_F(BootLoad, TestPinBootsOnlyTheTestApp) {
  Board board({.slots = 1, .test = true});
  board.fill();
  Bootloader bootloader(board.flash, board.efuse, {.test_pin = true});
  EXPECT_EQ(bootloader.boot().app->index, kTestIndex);
  board.break_image(kTestIndex);
  EXPECT_FALSE(bootloader.boot().app);
}

TEST_F(BootLoad, BrokenTableBootsNothing) {
  board_.fill();
  ASSERT_TRUE(board_.flash.erase(format::kPartitionTableOffset, kFlashSector));
  const BootReport report = board_.boot(BootBuild::rollback);
  ASSERT_FALSE(report.app);
  EXPECT_EQ(report.app.error().where, Where::table);
  EXPECT_THAT(report.trace, ElementsAre(HasSubstr("partition table")));
}

TEST_F(BootLoad, OtadataSmallerThanTwoSectorsBootsNothing) {
  board_.fill();
  format::PartitionTable table;
  for (format::Partition entry : board_.table.entries()) {
    if (entry.type == format::PartitionType::data) entry.size = kFlashSector;
    ASSERT_TRUE(table.add(entry));
  }
  board_.write_table(table);
  const BootReport report = board_.boot(BootBuild::rollback);
  ASSERT_FALSE(report.app);
  EXPECT_EQ(report.app.error().where, Where::otadata);
  EXPECT_EQ(report.selected, std::nullopt);
}

TEST_F(BootLoad, WithoutAnyAppThereIsNothingToBlame) {
  Board board({.slots = 0});
  const BootReport report = board.boot(BootBuild::rollback);
  EXPECT_EQ(report.app.error().code, Code::no_other_image);
}

TEST_F(BootLoad, ASlotCountWithAGapFindsNoPartitionThere) {
  Board board({.slots = 2});
  board.fill();
  format::PartitionTable table;
  for (format::Partition entry : board.table.entries()) {
    if (entry.label.view() == "ota_1") entry.subtype = format::kAppOta0 + 2;  // ota_0 and ota_2
    ASSERT_TRUE(table.add(entry));
  }
  board.write_table(table);
  board.put_record(0, {2, valid});  // (2 - 1) mod 2: the slot that is missing
  EXPECT_EQ(board.boot(BootBuild::rollback).app->index, 0);
}

TEST_F(BootLoad, AStuckRecordDoesNotStopTheBoot) {
  board_.fill();
  board_.put_records({1, valid}, {2, new_image});
  board_.flash.mark_stuck(Board::kOtaDataOffset / kFlashSector + 1);
  const BootReport report = board_.boot(BootBuild::rollback);
  ASSERT_TRUE(report.app);
  EXPECT_EQ(report.app->index, 1);
  EXPECT_EQ(board_.record(1).state, new_image);
}

TEST_F(BootLoad, WithoutPowerThereIsOnlyAFlashError) {
  board_.fill();
  board_.put_records({1, valid}, {2, new_image});
  board_.flash.cut_power_at(1, Cut::before);  // after the erase of record 1
  const BootReport report = board_.boot(BootBuild::rollback);
  ASSERT_FALSE(report.app);
  EXPECT_EQ(report.app.error().code, Code::flash);
  EXPECT_EQ(report.trace.back(), "the power went away while record 1 was written");
}

TEST_F(BootLoad, RefusesAnotherChipsImage) {
  board_.put(0, {.chip = format::find_chip("esp32s3")});
  board_.put_record(0, {1, valid});
  EXPECT_THAT(trace()[3], HasSubstr("ota_0: built for esp32s3"));
}

}  // namespace
}  // namespace updraft::sim
