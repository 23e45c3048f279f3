// The scenario table of spec/esp32.md section 3.2, row by row, for the builds without
// anti-rollback, and below it a few more. Every app partition holds a sound image.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/board.hpp"

namespace updraft::sim {
namespace {

using enum format::OtaState;
using Writes = std::vector<RecordWrite>;

constexpr Record kBlank{};
constexpr auto kOdd = static_cast<format::OtaState>(7);

struct Outcome {
  int selected;
  Writes writes = {};
};

struct Row {
  std::string name;
  Record record0;
  Record record1;
  Layout layout;
  Outcome plain;
  Outcome rollback;
};

constexpr Layout kTwo{.slots = 2};
constexpr Layout kThree{.slots = 3};
constexpr Layout kTwoAndFactory{.slots = 2, .factory = true};
constexpr Layout kFactoryOnly{.slots = 0, .factory = true};
constexpr int F = kFactoryIndex;

const RecordWrite kInitial0{0, 1, valid};

// clang-format off
const Row kRows[] = {
    {"blank_blank_factory",    kBlank,               kBlank,               kTwoAndFactory, {F},              {F}},
    {"blank_blank",            kBlank,               kBlank,               kTwo,           {0, {kInitial0}}, {0, {kInitial0}}},
    {"undef_blank",            {1, undefined},       kBlank,               kTwo,           {0},              {0}},
    {"valid_new",              {1, valid},           {2, new_image},       kTwo,           {1},              {1, {{1, 2, pending_verify}}}},
    {"valid_pending",          {1, valid},           {2, pending_verify},  kTwo,           {1},              {0, {{1, 2, aborted}}}},
    {"valid_valid",            {1, valid},           {2, valid},           kTwo,           {1},              {1}},
    {"valid_invalid",          {1, valid},           {2, invalid},         kTwo,           {0},              {0}},
    {"valid_aborted",          {1, valid},           {2, aborted},         kTwo,           {0},              {0}},
    {"aborted_invalid_factory",{1, aborted},         {2, invalid},         kTwoAndFactory, {F},              {F}},
    {"aborted_invalid",        {1, aborted},         {2, invalid},         kTwo,           {0},              {0}},
    {"valid_badcrc",           {1, valid},           {2, valid, false},    kTwo,           {0},              {0}},
    {"badcrc_badcrc",          {1, valid, false},    {2, valid, false},    kTwo,           {F},              {F}},
    {"badcrc_blank",           {1, valid, false},    kBlank,               kTwo,           {F},              {F}},
    {"seq3_seq2_of_2",         {3, valid},           {2, valid},           kTwo,           {0},              {0}},
    {"seq3_seq2_of_3",         {3, valid},           {2, valid},           kThree,         {2},              {2}},
    {"seq0_of_2",              {0, undefined},       kBlank,               kTwo,           {1},              {1}},
    {"seq0_of_3",              {0, undefined},       kBlank,               kThree,         {0},              {0}},
    {"blank_pending_factory",  kBlank,               {2, pending_verify},  kTwoAndFactory, {1},              {F, {{1, 2, aborted}}}},
    {"blank_pending",          kBlank,               {2, pending_verify},  kTwo,           {1},              {0, {{1, 2, aborted}}}},
    {"pending_pending",        {1, pending_verify},  {2, pending_verify},  kTwo,           {1},              {0, {{0, 1, aborted}, {1, 2, aborted}}}},
    {"valid_odd",              {1, valid},           {2, kOdd},            kTwo,           {1},              {1}},
    {"seq5_seq5",              {5, valid},           {5, new_image},       kTwo,           {0},              {0}},
    {"no_slots",               {1, valid},           {2, valid},           kFactoryOnly,   {F},              {F}},
    {"no_slots_blank",         kBlank,               kBlank,               kFactoryOnly,   {F},              {F}},
    {"aborted_badcrc_blank",   {1, aborted, false},  kBlank,               kTwo,           {0, {kInitial0}}, {0, {kInitial0}}},
    {"pending_badcrc",         {1, valid},           {2, pending_verify, false}, kTwo,     {0},              {0, {{1, 2, aborted}}}},
};
// clang-format on

class BootSelect : public testing::TestWithParam<Row> {
 protected:
  void expect(BootBuild build, const Outcome& outcome) {
    Board board(GetParam().layout);
    board.fill();
    board.put_records(GetParam().record0, GetParam().record1);
    const BootReport report = board.boot(build);
    ASSERT_TRUE(report.app);
    EXPECT_EQ(report.selected, outcome.selected);
    EXPECT_EQ(report.writes, outcome.writes);
    const bool to_factory = outcome.selected == F && GetParam().layout.factory;
    EXPECT_EQ(report.app->index, outcome.selected == F && !to_factory ? 0 : outcome.selected);
    for (const RecordWrite& write : report.writes) {
      EXPECT_EQ(board.record(write.record).seq, write.seq);
      EXPECT_EQ(board.record(write.record).state, write.state);
    }
  }
};

TEST_P(BootSelect, WithoutRollback) { expect(BootBuild::plain, GetParam().plain); }
TEST_P(BootSelect, WithRollback) { expect(BootBuild::rollback, GetParam().rollback); }

INSTANTIATE_TEST_SUITE_P(Scenarios, BootSelect, testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST(BootSelectRecords, AbortingKeepsTheWrongCrc) {
  Board board;
  board.fill();
  board.put_records({1, valid}, {2, pending_verify, false});
  ASSERT_TRUE(board.boot(BootBuild::rollback).app);
  EXPECT_EQ(board.record(1).state, aborted);
  EXPECT_FALSE(board.record(1).crc_ok());
}

TEST(BootSelectRecords, NoOtadataPartitionMeansFactory) {
  Board board({.slots = 2, .factory = true, .otadata = false});
  board.fill();
  EXPECT_EQ(board.boot(BootBuild::rollback).app->index, F);
}

TEST(BootSelectRecords, FactoryHasNoState) {
  Board board(kTwoAndFactory);
  board.fill();
  const BootReport report = board.boot(BootBuild::rollback);
  ASSERT_TRUE(report.app);
  EXPECT_EQ(report.app->state, undefined);
}

TEST(BootSelectRecords, StateIsThatAfterTheWrites) {
  Board board;
  board.fill();
  board.put_records({1, valid}, {2, new_image});
  EXPECT_EQ(board.boot(BootBuild::rollback).app->state, pending_verify);
}

}  // namespace
}  // namespace updraft::sim
