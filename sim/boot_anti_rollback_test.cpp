// The anti-rollback build (spec/esp32.md section 3.2): records count only if their slot's secure
// version reaches the eFuse counter, and a confirmed image raises it.
#include <gtest/gtest.h>

#include "sim/board.hpp"

namespace updraft::sim {
namespace {

using enum format::OtaState;

constexpr Record kBlank{};

struct Row {
  std::string name;
  std::uint32_t efuse;
  std::array<std::uint32_t, 2> versions;  // of ota_0 and ota_1
  Record record0;
  Record record1;
  int selected;
  int boots;  // kNothing: the chip resets for ever
  std::uint32_t efuse_after;
};
constexpr int kNothing = -99;
constexpr int F = kFactoryIndex;  // without a factory partition: try all

// clang-format off
const Row kRows[] = {
    {"blank_tries_all",             0, {0, 0}, kBlank,            kBlank,          F, 0,        0},
    {"blank_skips_old",             2, {1, 2}, kBlank,            kBlank,          F, 1,        2},
    {"blank_raises",                0, {3, 0}, kBlank,            kBlank,          F, 0,        3},
    {"badcrc_is_blank",             1, {1, 1}, {1, valid, false}, kBlank,          F, 0,        1},
    {"newest_valid_raises",         1, {1, 2}, {1, valid},        {2, valid},      1, 1,        2},
    {"aborted_boots_in_the_end",    2, {1, 2}, {1, valid},        {2, aborted},    F, 1,        2},
    {"new_but_old_version",         2, {2, 1}, {1, valid},        {2, new_image},  0, 0,        2},
    {"new_does_not_raise",          1, {1, 2}, {1, valid},        {2, new_image},  1, 1,        1},
    {"nothing_new_enough",          3, {1, 2}, {1, valid},        {2, valid},      F, kNothing, 3},
    {"more_than_the_field_holds",   1, {1, 17}, {1, valid},       {2, valid},      1, 1,        1},
    {"pending_is_aborted",          1, {1, 2}, {1, valid},        {2, pending_verify}, 0, 0,    1},
};
// clang-format on

class AntiRollback : public testing::TestWithParam<Row> {};

TEST_P(AntiRollback, Boots) {
  const Row& row = GetParam();
  Board board;
  board.put(0, {.secure_version = row.versions[0]});
  board.put(1, {.secure_version = row.versions[1]});
  board.put_records(row.record0, row.record1);
  ASSERT_EQ(board.efuse.raise_secure_version(row.efuse), EspErr::ok);

  const BootReport report = board.boot(BootBuild::anti_rollback);
  EXPECT_EQ(report.selected, row.selected);
  EXPECT_EQ(report.app ? report.app->index : kNothing, row.boots);
  EXPECT_EQ(report.secure_version, row.efuse_after);
  EXPECT_EQ(board.efuse.secure_version(), row.efuse_after);
}

INSTANTIATE_TEST_SUITE_P(Rows, AntiRollback, testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST(AntiRollbackBoot, RefusesTheOldVersionByName) {
  Board board({.slots = 1});
  board.put(0, {.secure_version = 1});
  board.put_record(0, {1, valid});
  ASSERT_EQ(board.efuse.raise_secure_version(2), EspErr::ok);
  const BootReport report = board.boot(BootBuild::anti_rollback);
  ASSERT_FALSE(report.app);
  EXPECT_EQ(report.app.error(), (Error{Code::secure_version_low, Where::image, 1, 2}));
}

TEST(AntiRollbackBoot, WithoutSlotsItDividesByZero) {
  Board board({.slots = 0, .factory = true});
  board.fill();
  board.put_record(0, {1, valid});
  EXPECT_FALSE(board.boot(BootBuild::anti_rollback).app);
}

TEST(AntiRollbackBoot, WithoutSlotsAndUsableRecordsFactoryBoots) {
  Board board({.slots = 0, .factory = true});
  board.fill();
  board.put_records({1, aborted}, {2, invalid});
  const BootReport report = board.boot(BootBuild::anti_rollback);
  ASSERT_TRUE(report.app);
  EXPECT_EQ(report.app->index, kFactoryIndex);
}

TEST(AntiRollbackBoot, WithoutSlotsAndRecordsFactoryBoots) {
  Board board({.slots = 0, .factory = true});
  board.fill();
  EXPECT_EQ(board.boot(BootBuild::anti_rollback).app->index, kFactoryIndex);
}

}  // namespace
}  // namespace updraft::sim
