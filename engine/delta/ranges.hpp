// Which addresses of a chip mean what (spec/delta.md section 7.1).
#pragma once
#include <cstdint>
#include <span>

#include "engine/format/chip.hpp"

namespace updraft::delta {

enum class Isa : std::uint8_t { none, xtensa, riscv };
// `mixed`: code and data share the range; `late_code`: data in the first segment, else code.
enum class RangeKind : std::uint8_t { data, code, mixed, late_code };
enum class SegmentKind : std::uint8_t { data, code, mixed };

struct Range {
  format::AddressRange addresses;
  RangeKind kind;
};

struct ChipRanges {
  Isa isa = Isa::none;
  std::span<const Range> ranges;

  bool is_address(std::uint32_t value) const;
  bool is_rom(std::uint32_t value) const {
    return value >= 0x4000'0000 && value < 0x4007'0000 && !is_address(value);
  }
  bool is_target(std::uint32_t value) const { return is_address(value) || is_rom(value); }
  SegmentKind kind_of(std::uint32_t address, std::size_t segment_index) const;
};

// Isa::none: not a chip of the table.
ChipRanges ranges_of(std::uint16_t chip_id);

}  // namespace updraft::delta
