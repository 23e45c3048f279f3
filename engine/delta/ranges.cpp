#include "engine/delta/ranges.hpp"

namespace updraft::delta {
namespace {

using enum RangeKind;
// clang-format off
constexpr Range kEsp32[] = {{{0x3F400000, 0x3F800000}, data}, {{0x3FFAE000, 0x40000000}, data},
                            {{0x40070000, 0x400C0000}, code}, {{0x400C2000, 0x40C00000}, code}};
constexpr Range kEsp32S2[] = {{{0x3F000000, 0x3FF80000}, data}, {{0x3FFB0000, 0x40000000}, data},
                              {{0x40020000, 0x40070000}, code}, {{0x40080000, 0x40B80000}, code}};
constexpr Range kEsp32S3[] = {{{0x3C000000, 0x3E000000}, data}, {{0x3FC88000, 0x3FD00000}, data},
                              {{0x40370000, 0x403E0000}, code}, {{0x42000000, 0x44000000}, code}};
constexpr Range kEsp32C3[] = {{{0x3C000000, 0x3C800000}, data}, {{0x3FC80000, 0x3FCE0000}, data},
                              {{0x4037C000, 0x403E0000}, code}, {{0x42000000, 0x42800000}, code}};
constexpr Range kEsp32C6[] = {{{0x40800000, 0x40880000}, mixed},
                              {{0x42000000, 0x43000000}, late_code}};
// clang-format on

}  // namespace

ChipRanges ranges_of(std::uint16_t chip_id) {
  switch (chip_id) {
    case 0:
      return {Isa::xtensa, kEsp32};
    case 2:
      return {Isa::xtensa, kEsp32S2};
    case 9:
      return {Isa::xtensa, kEsp32S3};
    case 5:
    case 12:
      return {Isa::riscv, kEsp32C3};
    case 13:
    case 16:
      return {Isa::riscv, kEsp32C6};
    default:
      return {};
  }
}

bool ChipRanges::in_ranges(std::uint32_t value) const {
  for (const Range& range : ranges) {
    if (range.addresses.contains(value)) return true;
  }
  return false;
}

SegmentKind ChipRanges::kind_of(std::uint32_t address, std::size_t segment_index) const {
  for (const Range& range : ranges) {
    if (!range.addresses.contains(address)) continue;
    switch (range.kind) {
      case RangeKind::data:
        return SegmentKind::data;
      case RangeKind::code:
        return SegmentKind::code;
      case RangeKind::mixed:
        return SegmentKind::mixed;
      case RangeKind::late_code:
        return segment_index == 0 ? SegmentKind::data : SegmentKind::code;
    }
  }
  return SegmentKind::data;
}

}  // namespace updraft::delta
