// The table of the update's states against a second list: every pair of state and event either
// leads to the listed state or is a mistake that stops a test.
#include "engine/update/update_table.hpp"

#include <map>

#include <gtest/gtest.h>

namespace updraft {
namespace {

constexpr UpdateState kStates[] = {UpdateState::idle, UpdateState::judging, UpdateState::writing,
                                   UpdateState::verifying, UpdateState::installed};
constexpr UpdateEvent kEvents[] = {UpdateEvent::begun, UpdateEvent::head_passed,
                                   UpdateEvent::received, UpdateEvent::verified,
                                   UpdateEvent::ended};

// One row for each state, one column for each event; '-' never happens.
std::string_view led_to(UpdateState from) {
  static const std::map<UpdateState, std::string_view> kRows = {
      // begun, head_passed, received, verified, ended
      {UpdateState::idle, "j----"},
      {UpdateState::judging, "-w--i"},
      {UpdateState::writing, "--v-i"},
      {UpdateState::verifying, "---ni"},
      {UpdateState::installed, "-----"}};
  return kRows.at(from);
}

char letter(UpdateState state) { return "ijwvn"[static_cast<std::size_t>(state)]; }

TEST(UpdateTable, EveryPairThatItLists) {
  for (const UpdateState from : kStates) {
    for (const UpdateEvent event : kEvents) {
      SCOPED_TRACE(std::string(name(from)) + " and event " +
                   std::to_string(static_cast<int>(event)));
      const char expected = led_to(from)[static_cast<std::size_t>(event)];
      if (expected == '-') continue;
      EXPECT_EQ(letter(state_after(from, event)), expected);
    }
  }
}

TEST(UpdateTableDeathTest, WhatItDoesNotListIsAMistake) {
  for (const UpdateState from : kStates) {
    for (const UpdateEvent event : kEvents) {
      if (led_to(from)[static_cast<std::size_t>(event)] != '-') continue;
#ifdef UPDRAFT_ASSERTS
      EXPECT_DEATH((void)state_after(from, event), "a caller broke a rule: listed");
#else
      EXPECT_EQ(state_after(from, event), from);
#endif
    }
  }
}

}  // namespace
}  // namespace updraft
