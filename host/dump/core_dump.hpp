// Reads a core dump as ESP-IDF's components/espcoredump leaves it in its partition: what crashed,
// where, and why. The dump itself, an ELF file for a debugger, is handed out as it is.
//
//   +0 bytes in all u32, the checksum at the end included   +4 version u32
//   then by version chip revision and sizes; then the data, and a CRC-32 or SHA-256 of all before
//   version: chip id << 16 | major << 8 | minor; major 1: the data is ELF
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

namespace updraft::dump {

// An app that crashes has tens of tasks; more are counted.
inline constexpr std::size_t kMaxCoreTasks = 64;

struct CoreTask {
  std::uint32_t control_block = 0;  // address of the task's TCB: how the dump names it
  std::string name;                 // empty where the dump does not hold the TCB
  std::uint32_t pc = 0;
};

struct CoreDump {
  std::uint32_t length = 0;  // of the whole dump
  std::uint16_t chip_id = 0;
  std::uint8_t major = 0, minor = 0;
  bool sound = false;      // all of it is there and its checksum is right
  Bytes elf;               // of the file that was read; empty: an older form, or cut off
  std::string app_sha256;  // of the app's ELF file, hex; ESP-IDF may have cut it
  std::vector<CoreTask> tasks;
  std::size_t more_tasks = 0;
  std::optional<CoreTask> crashed;
  std::string cause;                     // "LoadProhibited", "Illegal instruction"; empty: not told
  std::optional<std::uint32_t> address;  // that the cause speaks of
  std::string panic;                     // the app's own words: an abort's or assertion's
};

// True where a header stands that makes sense.
bool is_core_dump(Bytes partition);

// What `partition` begins with; `partition` outlives what is returned.
CoreDump read_core_dump(Bytes partition);

}  // namespace updraft::dump
