// The whole update state machine. An event that this table does not list is a mistake of the
// engine.
#pragma once
#include "updraft/events.hpp"

#include "engine/core/assert.hpp"

namespace updraft {

enum class UpdateEvent : std::uint8_t { begun, head_passed, received, verified, ended };

struct Transition {
  UpdateState from;
  UpdateEvent event;
  UpdateState to;
};

// clang-format off
inline constexpr Transition kUpdateTable[] = {
    // from                    event                      to
    {UpdateState::idle,      UpdateEvent::begun,       UpdateState::judging},
    {UpdateState::judging,   UpdateEvent::head_passed, UpdateState::writing},
    {UpdateState::judging,   UpdateEvent::ended,       UpdateState::idle},
    {UpdateState::writing,   UpdateEvent::received,    UpdateState::verifying},
    {UpdateState::writing,   UpdateEvent::ended,       UpdateState::idle},
    {UpdateState::verifying, UpdateEvent::verified,    UpdateState::installed},
    {UpdateState::verifying, UpdateEvent::ended,       UpdateState::idle},
};
// clang-format on

// After an event that has happened: the table has to list it. In builds without assertions
// an unlisted event changes nothing: the state stays, and the session ends or waits as it did.
constexpr UpdateState state_after(UpdateState from, UpdateEvent event) {
  for (const Transition& row : kUpdateTable) {
    if (row.from == from && row.event == event) return row.to;
  }
  constexpr bool listed = false;
  UPDRAFT_ASSERT(listed);
  return from;
}

}  // namespace updraft
