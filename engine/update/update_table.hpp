// The update state machine, all of it. What is not in this table does not happen.
#pragma once
#include <optional>

#include "updraft/events.hpp"

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

constexpr std::optional<UpdateState> next_state(UpdateState from, UpdateEvent event) {
  for (const Transition& row : kUpdateTable) {
    if (row.from == from && row.event == event) return row.to;
  }
  return std::nullopt;
}

}  // namespace updraft
