#include "host/dump/core_dump.hpp"

#include <algorithm>
#include <array>

#include "updraft/flash.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/format/chip.hpp"
#include "engine/format/crc32.hpp"
#include "host/dump/elf.hpp"

namespace updraft::dump {
namespace {

constexpr std::size_t kSha256Bytes = 32, kCrcBytes = 4;

// What stands in front of the data and after it, by version.
struct Version {
  std::uint8_t major, minor;
  std::size_t header, checksum;
};
constexpr Version kVersions[] = {
    {0, 1, 16, kCrcBytes},    {0, 2, 20, kCrcBytes},    {0, 3, 24, kCrcBytes},
    {1, 0, 20, kCrcBytes},    {1, 1, 20, kSha256Bytes}, {1, 2, 24, kCrcBytes},
    {1, 3, 24, kSha256Bytes}, {1, 4, 12, kSha256Bytes},
};

const Version* version_of(Bytes b) {
  if (b.size() < 8) return nullptr;
  const std::uint8_t minor = load_u8(b, 4), major = load_u8(b, 5);
  const auto it = std::ranges::find_if(
      kVersions, [&](const Version& v) { return v.major == major && v.minor == minor; });
  return it != std::end(kVersions) ? it : nullptr;
}

// Notes of ESP-IDF's core dumps.
constexpr std::uint32_t kPrStatus = 1, kExtraInfo = 677, kPanicDetails = 679, kInfo = 8266;
constexpr std::size_t kStatusTaskAt = 24, kStatusPcAt = 72, kStatusLeast = 76;
// FreeRTOS: five words of two list items each, two words more; SMP kernels have two more.
constexpr std::size_t kNameAt = 52, kSmpNameAt = 60, kNameBytes = 16;
// The frame that a task is stopped in: RISC-V saves mcause and mtval after 32 registers, mstatus
// and mtvec.
constexpr std::size_t kMcauseAt = 34 * 4, kMtvalAt = 35 * 4;

std::string_view xtensa_cause(std::uint32_t cause) {
  struct Row {
    std::uint32_t cause;
    std::string_view name;
  };
  static constexpr Row kRows[] = {
      {0, "IllegalInstruction"},
      {2, "InstructionFetchError"},
      {3, "LoadStoreError"},
      {5, "Alloca"},
      {6, "IntegerDivideByZero"},
      {8, "Privileged"},
      {9, "LoadStoreAlignment"},
      {12, "InstrPIFDataError"},
      {13, "LoadStorePIFDataError"},
      {14, "InstrPIFAddrError"},
      {15, "LoadStorePIFAddrError"},
      {20, "InstFetchProhibited"},
      {28, "LoadProhibited"},
      {29, "StoreProhibited"},
      {65, "Debug exception"},
      {66, "Double exception"},
      {67, "Kernel exception"},
      {69, "Interrupt watchdog on CPU 0"},
      {70, "Interrupt watchdog on CPU 1"},
      {71, "Cache was disabled"},
  };
  const auto it = std::ranges::find(kRows, cause, &Row::cause);
  return it != std::end(kRows) ? it->name : std::string_view{};
}

std::string_view riscv_cause(std::uint32_t cause) {
  static constexpr std::array<std::string_view, 16> kNames = {"Instruction address misaligned",
                                                              "Instruction access fault",
                                                              "Illegal instruction",
                                                              "Breakpoint",
                                                              "Load address misaligned",
                                                              "Load access fault",
                                                              "Store address misaligned",
                                                              "Store access fault",
                                                              "Environment call from U-mode",
                                                              "Environment call from S-mode",
                                                              "",
                                                              "Environment call from M-mode",
                                                              "Instruction page fault",
                                                              "Load page fault",
                                                              "",
                                                              "Store page fault"};
  if (cause < kNames.size()) return kNames[cause];
  return cause == 24   ? "Interrupt watchdog on CPU 0"
         : cause == 25 ? "Cache error"
                       : std::string_view{};
}

bool is_xtensa(std::uint16_t chip) { return chip == 0 || chip == 2 || chip == 9; }

std::string text_of(Bytes field) {
  const std::string_view text = as_text(field);
  return std::string(text.substr(0, text.find('\0')));
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() < kNameBytes &&
         std::ranges::all_of(text, [](char c) { return c > 0x1F && c < 0x7F; });
}

std::string task_name(const Elf& elf, std::uint32_t control_block) {
  for (const std::size_t at : {kNameAt, kSmpNameAt}) {
    const Bytes field = elf.memory(control_block + static_cast<std::uint32_t>(at), kNameBytes);
    if (std::string name = text_of(field); is_name(name)) return name;
  }
  return {};
}

void set_cause(CoreDump& core, std::uint32_t cause, std::string_view name, std::uint32_t address) {
  core.cause = name.empty() ? "cause " + std::to_string(cause) : std::string(name);
  core.address = address;
}

// Registers by number and value, the cause and the address first.
void read_extra(CoreDump& core, Bytes info, std::uint32_t& crashed) {
  if (info.size() >= 4) crashed = load_le32(info, 0);
  if (!is_xtensa(core.chip_id) || info.size() < 20) return;
  const std::uint32_t cause = load_le32(info, 8);
  set_cause(core, cause, xtensa_cause(cause), load_le32(info, 16));
}

void read_riscv_cause(CoreDump& core, const Elf& elf, std::uint32_t control_block) {
  const Bytes top = elf.memory(control_block, 4);
  if (top.size() < 4) return;
  const Bytes frame = elf.memory(load_le32(top, 0), kMtvalAt + 4);
  if (frame.size() < kMtvalAt + 4) return;
  const std::uint32_t cause = load_le32(frame, kMcauseAt);
  if ((cause & 0x80000000u) != 0) return;  // an interrupt: the task was only stopped
  set_cause(core, cause, riscv_cause(cause), load_le32(frame, kMtvalAt));
}

void read_elf(CoreDump& core) {
  const Elf elf(core.elf);
  std::uint32_t crashed = 0;
  for (const ElfNote& note : elf.notes()) {
    if (note.type == kPrStatus && note.data.size() >= kStatusLeast) {
      if (core.tasks.size() == kMaxCoreTasks) {
        ++core.more_tasks;
        continue;
      }
      const std::uint32_t block = load_le32(note.data, kStatusTaskAt);
      core.tasks.push_back({block, task_name(elf, block), load_le32(note.data, kStatusPcAt)});
    } else if (note.type == kInfo && note.data.size() > 4) {
      core.app_sha256 = text_of(at_most(note.data.subspan(4), 64));
    } else if (note.type == kExtraInfo) {
      read_extra(core, note.data, crashed);
    } else if (note.type == kPanicDetails) {
      core.panic = text_of(note.data);
    }
  }
  const auto it = std::ranges::find(core.tasks, crashed, &CoreTask::control_block);
  if (it == core.tasks.end()) return;
  core.crashed = *it;
  if (!is_xtensa(core.chip_id)) read_riscv_cause(core, elf, crashed);
}

bool checksum_is_right(Bytes dump, std::size_t checksum) {
  const Bytes before = dump.first(dump.size() - checksum);
  const Bytes stored = dump.last(checksum);
  if (checksum == kCrcBytes) return format::crc32(before, 0) == load_le32(stored, 0);
  return std::ranges::equal(stored, crypto::sha256(before));
}

}  // namespace

bool is_core_dump(Bytes partition) {
  const Version* const version = version_of(partition);
  if (version == nullptr || format::find_chip(load_le16(partition, 6)) == nullptr) return false;
  const std::uint32_t length = load_le32(partition, 0);
  if (length < version->header + version->checksum || length > 0x1000000) return false;
  if (version->major == 0) return true;
  return partition.size() < version->header + 4 || as_text(partition.subspan(version->header, 4)) ==
                                                       "\x7f"
                                                       "ELF";
}

CoreDump read_core_dump(Bytes partition) {
  CoreDump core;
  if (!is_core_dump(partition)) return core;
  const Version& version = *version_of(partition);
  core.length = load_le32(partition, 0);
  core.minor = version.minor;
  core.major = version.major;
  core.chip_id = load_le16(partition, 6);
  const Bytes dump = at_most(partition, core.length);
  core.sound = dump.size() == core.length && checksum_is_right(dump, version.checksum);
  if (version.major == 0 || dump.size() <= version.header) return core;
  const std::size_t after = dump.size() == core.length ? version.checksum : 0;
  core.elf = dump.subspan(version.header, dump.size() - version.header - after);
  read_elf(core);
  return core;
}

}  // namespace updraft::dump
