#include "ports/linux/room.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace updraft::linux_port {
namespace {

constexpr Instant kNow{Millis{1'000}};
constexpr Instant at(int ms) { return Instant{Millis{ms}}; }
constexpr Instant kProven = Instant::max();
constexpr Origin kA = 1, kB = 2, kC = 3;

struct Leaving {
  const char* name;
  std::vector<Guest> guests;
  std::optional<std::size_t> leaves;
};

class WhoLeaves : public testing::TestWithParam<Leaving> {};

TEST_P(WhoLeaves, IsNamed) { EXPECT_EQ(who_leaves(GetParam().guests, kNow), GetParam().leaves); }

INSTANTIATE_TEST_SUITE_P(
    Room, WhoLeaves,
    testing::Values(
        Leaving{"nobody_of_none", {}, std::nullopt},
        Leaving{"nobody_before_its_time", {{kA, at(1'001)}, {kA, at(2'000)}}, std::nullopt},
        Leaving{"nobody_of_the_proven", {{kA, kProven}, {kB, kProven}}, std::nullopt},
        Leaving{"the_one_whose_time_is_up", {{kA, at(1'001)}, {kB, at(1'000)}}, 1},
        Leaving{"the_longest_of_one_address", {{kA, at(900)}, {kA, at(500)}, {kA, at(700)}}, 1},
        Leaving{"one_of_the_most_crowded_address",
                {{kB, at(100)}, {kA, at(900)}, {kA, at(800)}, {kC, at(100)}},
                2},
        Leaving{"one_that_is_not_safe_if_the_crowd_is",
                {{kA, kProven}, {kA, at(1'500)}, {kB, at(900)}},
                2}),
    [](const auto& row) { return row.param.name; });

TEST(Room, HasItsNextChanceWhenTheFirstIsNoLongerSafe) {
  EXPECT_EQ(next_chance({}), std::nullopt);
  EXPECT_EQ(next_chance(std::vector<Guest>{{kA, kProven}}), std::nullopt);
  EXPECT_EQ(next_chance(std::vector<Guest>{{kA, kProven}, {kA, at(7)}, {kB, at(5)}}), at(5));
}

struct Entering {
  const char* name;
  std::vector<Origin> waiting;
  std::vector<Guest> guests;
  std::size_t enters;
};

class WhoEnters : public testing::TestWithParam<Entering> {};

TEST_P(WhoEnters, IsNamed) {
  EXPECT_EQ(who_enters(GetParam().waiting, GetParam().guests), GetParam().enters);
}

INSTANTIATE_TEST_SUITE_P(
    Room, WhoEnters,
    testing::Values(Entering{"the_first_of_equals", {kA, kA, kB}, {}, 0},
                    Entering{"of_an_address_that_has_none", {kA, kA, kB}, {{kA, kNow}}, 2},
                    Entering{"of_an_address_that_has_fewer",
                             {kA, kB, kC},
                             {{kA, kNow}, {kB, kNow}, {kA, kNow}, {kC, kNow}, {kC, kNow}},
                             1}),
    [](const auto& row) { return row.param.name; });

struct SentAway {
  const char* name;
  std::vector<Origin> waiting;
  std::size_t away;
};

class WhoIsSentAway : public testing::TestWithParam<SentAway> {};

TEST_P(WhoIsSentAway, IsNamed) { EXPECT_EQ(who_is_sent_away(GetParam().waiting), GetParam().away); }

INSTANTIATE_TEST_SUITE_P(Room, WhoIsSentAway,
                         testing::Values(SentAway{"the_only_one", {kA}, 0},
                                         SentAway{"the_first_of_one_address", {kA, kA, kA}, 0},
                                         SentAway{
                                             "the_first_of_the_crowd", {kB, kA, kA, kA, kB}, 1},
                                         SentAway{"not_the_one_from_elsewhere", {kB, kA, kA}, 1}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace updraft::linux_port
