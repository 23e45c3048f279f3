#include "engine/format/load_memory.hpp"

namespace updraft::format {
namespace {

// A piece of RAM in one word: its address, and how many KiB it has. What is left of a KiB at either
// end is not free, so that the table is half as large on a device.
constexpr std::uint32_t kUnit = 1024;
struct Piece {
  constexpr Piece(std::uint32_t low, std::uint32_t high)
      : word(((low + kUnit - 1) & ~(kUnit - 1)) |
             ((high & ~(kUnit - 1)) - ((low + kUnit - 1) & ~(kUnit - 1))) / kUnit) {}
  constexpr std::uint32_t low() const { return word & ~(kUnit - 1); }
  constexpr std::uint32_t bytes() const { return (word & (kUnit - 1)) * kUnit; }
  std::uint32_t word;
};

// ESP-IDF's linker scripts leave the bootloader about 64 KiB of RAM, its stack at the end. Where
// the same RAM is seen at two places, as data and as code, both have the gap.
// clang-format off
constexpr Piece kFree[] = {
    // esp32: RTC data, data around stack and bootloader, code, RTC code, RTC slow
    {0x3FF80000, 0x3FF82000}, {0x3FFAE000, 0x3FFDBF20}, {0x3FFE3F20, 0x3FFF0000},
    {0x3FFF6000, 0x40000000}, {0x40080000, 0x400AA000}, {0x400C0000, 0x400C2000},
    {0x50000000, 0x50002000},
    // esp32s2
    {0x3FF9E000, 0x3FFA0000}, {0x3FFB0000, 0x3FFDE000}, {0x3FFEAB00, 0x3FFF670C},
    {0x3FFFE70C, 0x40000000}, {0x40020000, 0x4004E000}, {0x4005AB00, 0x4006670C},
    {0x4006E70C, 0x40070000}, {0x40070000, 0x40072000}, {0x50000000, 0x50002000},
    // esp32c3
    {0x3FC80000, 0x3FCCE710}, {0x3FCDE710, 0x3FCE0000}, {0x4037C000, 0x403CE710},
    {0x403DE710, 0x403E0000}, {0x50000000, 0x50002000},
    // esp32s3
    {0x3FC88000, 0x3FCDB700}, {0x3FCEB710, 0x3FD00000}, {0x40370000, 0x403CB700},
    {0x403DB710, 0x403E0000}, {0x50000000, 0x50002000}, {0x600FE000, 0x60100000},
    // esp32c2
    {0x3FCA0000, 0x3FCCEB70}, {0x3FCDEB70, 0x3FCE0000}, {0x4037C000, 0x403AEB70},
    {0x403BEB70, 0x403C0000},
    // esp32c6
    {0x40800000, 0x4086E610}, {0x4087E610, 0x40880000}, {0x50000000, 0x50004000},
    // esp32h2
    {0x40800000, 0x4083EFD0}, {0x4084F380, 0x40850000}, {0x50000000, 0x50001000},
    // esp32p4: SPM, RAM, LP RAM; before v3.0, then from v3.0 on
    {0x30100000, 0x30102000}, {0x4FF00000, 0x4FF2BBD0}, {0x4FF3CFC0, 0x4FFC0000},
    {0x50108000, 0x50110000},
    {0x30100000, 0x30102000}, {0x4FF00000, 0x4FFADFC0}, {0x4FFBCFC0, 0x4FFC0000},
    {0x50108000, 0x50110000},
    // esp32c61
    {0x40800000, 0x4083E670}, {0x4084E670, 0x40850000},
    // esp32c5
    {0x40800000, 0x4084E5A0}, {0x4085E5A0, 0x40860000}, {0x50000000, 0x50004000},
};

// Each chip's pieces end where the next one's begin.
struct ChipRows {
  std::uint8_t chip;
  std::uint8_t end;  // in kFree
};
constexpr std::uint8_t kP4 = 0x12, kLaterP4 = 0xFF;  // the second: no chip's number
constexpr std::uint16_t kLaterP4Revision = 300;
constexpr ChipRows kRows[] = {
    {0x00, 7},  {0x02, 16}, {0x05, 21}, {0x09, 27},     {0x0C, 31}, {0x0D, 34},
    {0x10, 37}, {kP4, 41},  {kLaterP4, 45}, {0x14, 47}, {0x17, 50},
};
// clang-format on

}  // namespace

bool is_loaded(const Chip& chip, std::uint32_t address) {
  return address >= kFirstLoadAddress && !chip.maps(address);
}

bool may_load(const Chip& chip, std::uint16_t min_revision, const SegmentHeader& segment) {
  if (segment.data_len == 0) return true;
  const bool later = chip.id == kP4 && min_revision >= kLaterP4Revision;
  const auto wanted = later ? kLaterP4 : static_cast<std::uint8_t>(chip.id);
  const ChipRows* rows = kRows;
  std::uint8_t i = 0;
  for (; rows->chip != wanted; i = rows++->end) {
    if (rows == std::end(kRows) - 1) return true;  // its memory is not known
  }
  for (; i < rows->end; ++i) {
    const std::uint32_t into = segment.load_addr - kFree[i].low();
    const std::uint32_t room = kFree[i].bytes();
    if (into < room) return segment.data_len <= room - into;
  }
  return false;
}

}  // namespace updraft::format
