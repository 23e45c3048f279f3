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

  bool is_address(std::uint32_t value) const { return may_be_address(value) && in_ranges(value); }
  // A quick test by the highest byte, which most values that are no address fail.
  static constexpr bool may_be_address(std::uint32_t value) {
    return value - kLowest < kHighest - kLowest;
  }
  bool is_rom(std::uint32_t value) const {
    return value >= 0x4000'0000 && value < 0x4007'0000 && !is_address(value);
  }
  bool is_target(std::uint32_t value) const { return is_address(value) || is_rom(value); }
  SegmentKind kind_of(std::uint32_t address, std::size_t segment_index) const;

 private:
  static constexpr std::uint32_t kLowest = 0x3C00'0000, kHighest = 0x4400'0000;  // of all chips
  bool in_ranges(std::uint32_t value) const;
};

// Isa::none: not a chip of the table.
ChipRanges ranges_of(std::uint16_t chip_id);

}  // namespace updraft::delta
