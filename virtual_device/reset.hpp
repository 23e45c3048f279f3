// What survives a reset of a virtual device besides its flash: the reason, which a chip keeps in a
// register, and ports and files that stay open (docs/decisions/0003).
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace updraft::device {

enum class ResetReason : std::uint8_t {
  power_on,
  update,
  rollback,
  panic,
  not_confirmed,
  console,
  remote,
  rescue,  // into the rescue app, or out of it
};

// As in reboot events: "update", "rollback", "panic", "not confirmed", "console", "remote",
// "rescue".
std::string_view name(ResetReason reason);

// Small numbers that a door keeps over a restart, by words of its own: the port that it had, a file
// that stays open.
using KeptNumbers = std::map<std::string, std::uint64_t, std::less<>>;

struct Reset {
  ResetReason reason = ResetReason::power_on;
  std::map<std::string, KeptNumbers> doors;      // by the names of their protocols
  std::optional<std::uint64_t> operations_left;  // until --cut-power-at
  std::optional<int> lock;                       // of the state directory, which stays locked
};

// What the process that ran before in this place handed over; power_on if none did.
Reset last_reset();

// Replaces this process by a new one with the same command line. Close everything before.
// Throws std::runtime_error if the system refuses.
[[noreturn]] void restart(char** arguments, const Reset& reset);

}  // namespace updraft::device
