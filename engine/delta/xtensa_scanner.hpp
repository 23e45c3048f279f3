// Units of Xtensa code (spec/delta.md section 8.2). Instructions have two or three bytes, and
// literals and padding stand between them: what helps to stay in step is that a function begins
// with ENTRY at a multiple of 4, and that nothing runs on after a jump.
#pragma once
#include <bit>

#include "engine/delta/instruction.hpp"
#include "engine/delta/scan_place.hpp"

namespace updraft::delta {

template <BaseReader Base>
class XtensaScanner {
 public:
  XtensaScanner(Base& base, const Facts& facts) : base_(base), facts_(facts) {}

  void start_operation() { after_jump_ = false; }

  Unit scan(const ScanPlace& place) {
    const Unit unit = next(place);
    after_jump_ = unit.kind != Kind::pointer && unit.kind != Kind::raw &&
                  xtensa::ends_flow(unit.old_bytes, unit.size);
    return unit;
  }

 private:
  Unit next(const ScanPlace& place) {
    const std::uint32_t bytes = base_.base_bytes(place.at, 4);
    if (after_jump_) {
      if (const std::uint32_t zeros = padding(place, bytes); zeros > 0) return raw(zeros, bytes);
    }
    const std::uint32_t past = place.address % 4;  // the last multiple of 4
    if (past == 0 && place.left() >= 4 && is_pointer(bytes)) {
      return word_unit(Kind::pointer, bytes, bytes);
    }
    const std::uint32_t size = xtensa::size_of(bytes);
    if (place.left() < size) return raw(place.left(), bytes);
    const std::uint32_t ahead = 4 - past;
    if (ahead < size && starts_anew(place, ahead)) return raw(ahead, bytes);
    if (size == 3) return three_bytes(first_bytes(bytes, 3), place.address);
    return plain_unit(size == 2 ? Kind::two_bytes : Kind::four_bytes, ByteClass::xtensa, size,
                      bytes);
  }

  static Unit raw(std::uint32_t size, std::uint32_t bytes) {
    return plain_unit(Kind::raw, ByteClass::xtensa, size, bytes);
  }

  // Zeros that assembler and linker left after a jump: one to three, or 0.
  static std::uint32_t padding(const ScanPlace& place, std::uint32_t bytes) {
    const auto zeros = static_cast<std::uint32_t>(std::countr_zero(bytes)) / 8;
    const std::uint32_t count = std::min(zeros, place.left());
    return count < 4 ? count : 0;
  }

  // Whether an ENTRY or a pointer begins `ahead` bytes further, inside the instruction here.
  bool starts_anew(const ScanPlace& place, std::uint32_t ahead) {
    if (place.segment.end() - place.at < ahead + 4) return false;
    const std::uint32_t bytes = base_.base_bytes(place.at + ahead, 4);
    return xtensa::is_entry(bytes) || is_pointer(bytes);
  }

  // Whether an aligned word is a pointer; instructions that look like one are not.
  bool is_pointer(std::uint32_t value) {
    if (!delta::ChipRanges::may_be_address(value)) return false;
    return facts_.chip.is_address(value) && !xtensa::is_entry(value) && points_somewhere(value);
  }
  bool points_somewhere(std::uint32_t address) {
    constexpr std::uint32_t kBehind = 0x1'0000;  // .bss follows the data of a segment
    constexpr std::uint32_t kDataBus = 0x3F80'0000, kDataBusEnd = 0x4000'0000;
    if (const Segment* in = facts_.base.at_address(address); in != nullptr) {
      return in->kind == SegmentKind::data || begins_function(*in, address);
    }
    if (facts_.chip.kind_of(address, 1) == SegmentKind::code) return false;
    if (address >= kDataBus && address < kDataBusEnd) return true;
    for (const Segment& segment : facts_.base.segments()) {
      const bool data = segment.kind == SegmentKind::data;
      const std::uint64_t reach = std::uint64_t{segment.size} + kBehind;
      if (data && address - segment.address < reach) return true;
    }
    return false;
  }
  bool begins_function(const Segment& code, std::uint32_t address) {
    const std::uint32_t at = code.offset_of(address);
    if (address % 4 != 0 || facts_.base_size - at < 3) return false;
    return facts_.call0 || xtensa::is_entry(base_.base_bytes(at, 3));
  }

  Unit three_bytes(std::uint32_t instruction, std::uint32_t address) const {
    const std::uint32_t op0 = xtensa::op0_of(instruction);
    const std::uint32_t n = instruction >> 4 & 3u, m = instruction >> 6 & 3u;  // as Xtensa's manual
    Unit unit = plain_unit(Kind::three_bytes, ByteClass::xtensa, 3, instruction);
    if (op0 == 5) {
      unit.kind = Kind::call;
      unit.field = Field::call;
      unit.old_target = xtensa::call_base(address) +
                        4 * static_cast<std::uint32_t>(sign_extend(instruction >> 6, 18));
      unit.in_base = facts_.base.at_address(unit.old_target) != nullptr;
    } else if (xtensa::is_literal_load(instruction)) {
      unit.kind = Kind::literal_load;
      unit.field = Field::literal_load;
      unit.old_target = xtensa::literal_base(address) + 4 * (instruction >> 8);
    } else if (op0 == 7 || (op0 == 6 && (n < 3 || m != 0))) {
      unit.kind = Kind::branch;
      unit.local = true;
      unit.field = Field::branch_short;
      if (op0 == 6 && n < 2) unit.field = n == 0 ? Field::jump : Field::branch_zero;
      const bool loop = op0 == 6 && (instruction >> 4 & 15u) == 7 && (instruction >> 12 & 15u) >= 8;
      const std::uint32_t distance = loop ? get_field(unit.field, instruction) : signed_field(unit);
      unit.old_target = address + 4 + distance;
    }
    return unit;
  }

  Base& base_;
  const Facts& facts_;
  bool after_jump_ = false;  // the instruction before was a jump
};

}  // namespace updraft::delta
