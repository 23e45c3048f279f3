// Whether a device may get another partition table over the air, and how: the rules of
// spec/beyond-app.md section 5.1, each with its number. It only plans; nothing here writes a table.
//
//   const Plan plan = plan_change(old, next, {.running = 0, .image_bytes = 1'100'000});
//   plan.verdict     safe, risk (a stock bootloader: a window without a table), refused
//   plan.steps       what would be done, in order, with erases, programs and times
//
// Terms: X is the running, confirmed image at offset a, of length l; T is the present table, T' the
// next one.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/format/partition_table.hpp"

namespace updraft::layout {

inline constexpr std::size_t kMostLost = 16;  // labels that a change may lose (kLose)
inline constexpr int kFactory = -1;           // running: the factory app

using Microseconds = std::chrono::microseconds;

enum class Verdict : std::uint8_t {
  safe,     // no power cut leaves the device without an app that boots
  risk,     // while the table is written, none exists: a cut then means a serial cable
  refused,  // not over the air
};

struct Facts {
  int running = 0;                       // index of the slot X runs from; kFactory
  std::uint32_t image_bytes = 0;         // of X, with its signature; 0: 85 % of its slot
  std::uint32_t flash_bytes = 0;         // of the chip; 0: as large as the old table needs
  std::uint32_t header_flash_bytes = 0;  // that the bootloader's header says; 0: not known
  std::uint32_t table_offset = format::kPartitionTableOffset;
  bool guarded = false;           // the bootloader finishes a change of the table
  bool anti_rollback = false;     // it takes no factory app
  bool secure_boot_v1 = false;    // the table is signed
  bool fs_grows = false;          // the product's LittleFS grows when it is mounted
  std::vector<std::string> lose;  // labels whose content may be lost
};

// What becomes of a data partition, or of an app.
enum class Fate : std::uint8_t { kept, moved, lost, added, removed };

struct Part {
  std::string label;
  Fate fate;
  std::uint32_t from = 0, from_bytes = 0;  // in T; added: 0
  std::uint32_t to = 0, to_bytes = 0;      // in T'; lost, removed: 0
};

struct Step {
  std::string what;   // "move", "copy", "fill", "choose", "commit"
  std::string label;  // of the partition; empty: the table
  std::uint32_t erases = 0, programs = 0;
  Microseconds typical{0}, worst{0};
};

struct Plan {
  Verdict verdict = Verdict::safe;
  int rule = 0;             // of a refusal; 0: none
  std::string_view code;    // of a refusal: "unsafe_layout", "flash_size"
  std::string why, remedy;  // sentences; empty where there is nothing to say
  std::vector<std::string> notes;
  bool same = false;  // T and T' are alike: nothing has to be done
  int runs_then = 0;  // index in T' of the slot that X is in after the commit
  std::vector<Part> parts;
  std::vector<Step> steps;
  Microseconds window{0}, window_worst{0};  // without a table: only with a stock bootloader
};

Plan plan_change(const format::PartitionTable& old, const format::PartitionTable& next,
                 const Facts& facts);

// What a device of this table can do over the air, in the words of the documents: "two slots", "two
// slots and a rescue app", "one slot and a rescue app", "one slot", "no app".
std::string_view layout_name(const format::PartitionTable& table);

}  // namespace updraft::layout
