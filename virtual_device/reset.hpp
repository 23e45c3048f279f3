// What survives a reset of a virtual device besides its flash: the reason, which a chip keeps in a
// register, and what the outside world keeps for it (docs/decisions/0003).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "ports/linux/pty.hpp"

namespace updraft::device {

enum class ResetReason : std::uint8_t {
  power_on,
  update,
  rollback,
  panic,
  not_confirmed,
  console,
  remote
};

// As in reboot events: "update", "rollback", "panic", "not confirmed", "console", "remote".
std::string_view name(ResetReason reason);

struct Reset {
  ResetReason reason = ResetReason::power_on;
  std::optional<std::uint16_t> raw_port;         // that it listened on before
  std::optional<std::uint16_t> bundle_port;      // the same
  std::optional<std::uint16_t> http_port;        // the same
  std::optional<std::uint16_t> https_port;       // the same
  std::optional<ports::Pty::Handles> control;    // the serial line that it leaves open
  std::optional<std::uint64_t> operations_left;  // until --cut-power-at
};

// What the process that ran before in this place handed over; power_on if none did.
Reset last_reset();

// Replaces this process by a new one with the same command line. Close everything before.
// Throws std::runtime_error where the system refuses.
[[noreturn]] void restart(char** arguments, const Reset& reset);

}  // namespace updraft::device
