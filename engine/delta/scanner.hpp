// Cuts the base into units (spec/delta.md section 8): what stands at an offset, how long it is,
// and which address it holds. It looks at base bytes only, so that encoder and decoder see the
// same.
#pragma once
#include "engine/delta/base_reader.hpp"
#include "engine/delta/facts.hpp"
#include "engine/delta/instruction.hpp"

namespace updraft::delta {

// What RISC-V registers hold while a copy is scanned: the high part of an address, or nothing.
struct Register {
  std::uint32_t old_high = 0, new_high = 0;
  std::uint32_t loaded_at = 0;  // base offset of the LUI or AUIPC
  bool valid = false;
};

template <BaseReader Base>
class Scanner {
 public:
  Scanner(Base& base, const Facts& facts) : base_(base), facts_(facts) {}

  void start_operation() {
    for (Register& r : registers_) r.valid = false;
    has_description_mark_ = false;
  }

  // The unit at base offset `at` in `segment`, not reaching beyond `limit`.
  Unit scan(std::uint32_t at, std::uint32_t limit, const Segment& segment) {
    const Place place{at, segment.address_of(at), limit, segment};
    Unit unit;
    if (segment.kind == SegmentKind::data) {
      unit = data(place);
    } else if (facts_.chip.isa == Isa::xtensa) {
      unit = xtensa_code(place);
    } else {
      unit = riscv_code(place);
    }
    const bool unread = unit.kind == Kind::raw || unit.kind == Kind::word;
    if (unread) unit.old_bytes = base_.base_bytes(at, unit.size);
    unit.predicted = unit.old_bytes;
    return unit;
  }

  // After a LUI or AUIPC at base offset `at`: its register now holds what the target loads, or (not
  // `same`) nothing.
  void set_register(const Unit& loading, bool same, std::uint32_t old_high, std::uint32_t new_high,
                    std::uint32_t at) {
    registers_[loading.register_index] = {old_high, new_high, at, same};
  }

 private:
  struct Place {
    std::uint32_t at, address, limit;  // base offset, old address, base offset again
    const Segment& segment;
    std::uint32_t left() const { return limit - at; }
  };

  std::uint32_t word(std::uint32_t at) { return base_.base_bytes(at, 4); }
  static Unit raw(std::uint32_t size, ByteClass byte_class) {
    return {.kind = Kind::raw,
            .byte_class = byte_class,
            .size = static_cast<std::uint8_t>(size),
            .source = static_cast<std::uint8_t>(byte_class == ByteClass::data ? 0 : 1)};
  }
  static Unit plain(Kind kind, ByteClass byte_class, std::uint32_t size, std::uint32_t old_bytes) {
    return {.kind = kind,
            .byte_class = byte_class,
            .size = static_cast<std::uint8_t>(size),
            .old_bytes = old_bytes};
  }
  static Unit word_with(Kind kind, std::uint32_t old_bytes, std::uint32_t old_target) {
    return {.kind = kind,
            .field = Field::word,
            .size = 4,
            .old_bytes = old_bytes,
            .old_target = old_target};
  }
  static std::uint32_t offset_in(const Unit& unit, std::uint32_t field) {  // sign-extended
    return static_cast<std::uint32_t>(sign_extend(field, field_width(unit.field)));
  }
  bool is_pointer(const Place& place) {
    return place.address % 4 == 0 && place.left() >= 4 && facts_.chip.is_address(word(place.at));
  }

  // ---- data ----

  Unit data(const Place& place) {
    if (place.address % 4 != 0 || place.left() < 4 || facts_.plain) {
      Unit unit = raw(std::min(4 - place.address % 4, place.left()), ByteClass::data);
      if (unit.size == 4) unit.kind = Kind::word;
      return unit;
    }
    const std::uint32_t value = word(place.at);
    if (facts_.chip.is_address(value)) return word_with(Kind::pointer, value, value);
    if (in_frame_table(place.address)) {
      return word_with(Kind::frame_header, value, facts_.frame_header.old_address + value);
    }
    if (has_description_mark_ && place.at == description_mark_) {
      has_description_mark_ = false;
      return word_with(Kind::frame_description, value, place.address + value);
    }
    if (points_to_common_part(place, value)) {
      description_mark_ = place.at + 4;
      has_description_mark_ = true;
      return word_with(Kind::frame_common, value, place.address - value);
    }
    return {.kind = Kind::word, .size = 4};
  }

  bool in_frame_table(std::uint32_t address) const {
    const std::uint32_t header = facts_.frame_header.old_address;
    return header != 0 && address - (header + 12) < 8 * facts_.frame_table_entries;
  }

  // The second word of a frame description: how far back its common part lies.
  bool points_to_common_part(const Place& place, std::uint32_t distance) {
    const std::uint32_t before = place.at - place.segment.offset;
    if (distance <= 12 || distance >= 0x20'0000 || distance % 4 != 0) return false;
    if (distance > before || before < 4) return false;
    const std::uint32_t length = word(place.at - 4);
    if (length < 8 || length >= 0x1000 || length % 4 != 0) return false;
    const std::uint32_t common = place.at - distance;
    const std::uint32_t common_length = word(common);
    if (common_length < 8 || common_length >= 64 || word(common + 4) != 0) return false;
    const std::uint32_t version = base_.base_bytes(common + 8, 1);
    return version == 1 || version == 3;
  }

  // ---- Xtensa ----

  Unit xtensa_code(const Place& place) {
    if (is_pointer(place)) return word_with(Kind::pointer, word(place.at), word(place.at));
    const std::uint32_t size = xtensa::size_of(base_.base_bytes(place.at, 1));
    if (place.left() < size) return raw(place.left(), ByteClass::xtensa);
    const std::uint32_t ahead = 4 - place.address % 4;  // the next multiple of 4
    if (ahead < size && place.segment.end() - place.at >= ahead + 4 &&
        starts_anew(place.at + ahead)) {
      return raw(ahead, ByteClass::xtensa);
    }
    const std::uint32_t instruction = base_.base_bytes(place.at, size);
    if (size == 2) return plain(Kind::two_bytes, ByteClass::xtensa, 2, instruction);
    if (size == 4) return plain(Kind::four_bytes, ByteClass::xtensa, 4, instruction);
    return three_bytes(instruction, place.address);
  }

  bool starts_anew(std::uint32_t at) {  // with an ENTRY, or a literal
    const std::uint32_t bytes = word(at);
    return xtensa::is_entry(bytes) || facts_.chip.is_address(bytes);
  }

  Unit three_bytes(std::uint32_t instruction, std::uint32_t address) {
    const std::uint32_t op0 = xtensa::op0_of(instruction);
    const std::uint32_t n = instruction >> 4 & 3u, m = instruction >> 6 & 3u;  // as Xtensa's manual
    Unit unit = plain(Kind::three_bytes, ByteClass::xtensa, 3, instruction);
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
      const std::uint32_t distance = get_field(unit.field, instruction);
      const bool loop = op0 == 6 && (instruction >> 4 & 15u) == 7 && (instruction >> 12 & 15u) >= 8;
      unit.old_target = address + 4 + (loop ? distance : offset_in(unit, distance));
    }
    return unit;
  }

  // ---- RISC-V ----

  Unit riscv_code(const Place& place) {
    if (place.segment.kind == SegmentKind::mixed && is_pointer(place)) {
      return word_with(Kind::pointer, word(place.at), word(place.at));
    }
    if (place.left() < 2) return raw(1, ByteClass::riscv);
    const std::uint32_t half = base_.base_bytes(place.at, 2);
    if (!riscv::is_long(half)) return compressed(half, place.address);
    if (place.left() < 4) return raw(2, ByteClass::riscv);
    const std::uint32_t instruction = word(place.at);
    switch (riscv::opcode_of(instruction)) {
      case riscv::kJump:
        return jump(instruction, place.address);
      case riscv::kBranch:
        return branch(instruction, place.address);
      case riscv::kAuipc:
      case riscv::kLui:
        return high(instruction, place);
      default:
        return riscv::is_low_user(instruction) ? low_user(instruction, place.at)
                                               : other(instruction);
    }
  }

  Unit compressed(std::uint32_t instruction, std::uint32_t address) {
    const std::uint32_t op = instruction & 3u, funct3 = instruction >> 13;
    const std::uint32_t second = instruction >> 2 & 31u;
    const bool writes_rd =
        (op == 1 && (funct3 == 0 || funct3 == 2 || funct3 == 3)) ||
        (op == 2 && (funct3 == 0 || funct3 == 2 || (funct3 == 4 && second != 0)));
    if (writes_rd) registers_[riscv::rd_of(instruction)].valid = false;
    if (op == 0 && funct3 == 2) registers_[8 + (instruction >> 2 & 7u)].valid = false;
    Unit unit = plain(Kind::two_bytes, ByteClass::riscv, 2, instruction);
    const bool jumps = op == 1 && (funct3 == 1 || funct3 == 5), branches = op == 1 && funct3 >= 6;
    if (jumps || branches) {
      unit.kind = Kind::branch;
      unit.local = true;
      unit.field = jumps ? Field::compressed_jump : Field::compressed_branch;
      unit.old_target = address + offset_in(unit, get_field(unit.field, instruction));
    }
    return unit;
  }

  Unit branch(std::uint32_t instruction, std::uint32_t address) {
    Unit unit = plain(Kind::branch, ByteClass::riscv, 4, instruction);
    unit.local = true;
    unit.field = Field::branch;
    unit.old_target = address + offset_in(unit, get_field(unit.field, instruction));
    return unit;
  }

  Unit jump(std::uint32_t instruction, std::uint32_t address) {
    Unit unit = plain(Kind::jump, ByteClass::riscv, 4, instruction);
    unit.field = Field::jump_and_link;
    unit.old_target = address + offset_in(unit, get_field(unit.field, instruction));
    unit.local = riscv::rd_of(instruction) == 0;
    unit.in_base = facts_.base.at_address(unit.old_target) != nullptr;
    return unit;
  }

  // LUI, AUIPC: the instruction that adds the low part shows which address is meant.
  Unit high(std::uint32_t instruction, const Place& place) {
    constexpr std::uint32_t kLookAhead = 128;
    Unit unit = plain(Kind::high, ByteClass::riscv, 4, instruction);
    unit.field = Field::upper;
    unit.register_index = static_cast<std::uint8_t>(riscv::rd_of(instruction));
    const std::uint32_t high_part = riscv::high_part(instruction, place.address);
    const std::uint32_t to_end = place.segment.end() - place.at;
    for (std::uint32_t ahead = 4; ahead - 4 < kLookAhead && to_end >= ahead + 4;) {
      const std::uint32_t next = word(place.at + ahead);
      if (!riscv::is_long(next)) {
        ahead += 2;
        continue;
      }
      if (riscv::is_low_user(next) && riscv::rs_of(next) == unit.register_index) {
        unit.old_target = high_part + riscv::low_part(next);
        unit.in_base = facts_.chip.is_target(unit.old_target);
        return unit;
      }
      const std::uint32_t opcode = riscv::opcode_of(next);
      const bool writes = opcode != riscv::kBranch && !riscv::stores(next);
      const bool overwrites = writes && riscv::rd_of(next) == unit.register_index;
      if (opcode == riscv::kJump || overwrites) return unit;
      ahead += 4;
    }
    return unit;
  }

  Unit low_user(std::uint32_t instruction, std::uint32_t at) {
    Unit unit = plain(Kind::four_bytes, ByteClass::riscv, 4, instruction);
    const std::uint32_t rs = riscv::rs_of(instruction);
    const Register base = registers_[rs];
    if (!riscv::stores(instruction)) registers_[riscv::rd_of(instruction)].valid = false;
    const AddressPair& pointer = facts_.global_pointer;
    const bool global = rs == riscv::kGlobalPointer && pointer.old_address != 0 &&
                        riscv::opcode_of(instruction) != riscv::kJumpRegister;
    const std::uint32_t reach = riscv::is_saved(rs) ? 2048 : 64;
    const bool held = base.valid && at - base.loaded_at <= reach;
    if (!global && !held) return unit;
    const std::uint32_t target =
        (global ? pointer.old_address : base.old_high) + riscv::low_part(instruction);
    if (!facts_.chip.is_target(target)) return unit;
    unit.kind = global ? Kind::global : Kind::low;
    unit.field = riscv::low_field(instruction);
    unit.old_target = target;
    unit.new_base = global ? pointer.new_address : base.new_high;
    return unit;
  }

  Unit other(std::uint32_t instruction) {
    registers_[riscv::rd_of(instruction)].valid = false;
    return plain(Kind::four_bytes, ByteClass::riscv, 4, instruction);
  }

  Base& base_;
  const Facts& facts_;
  std::array<Register, 32> registers_{};
  std::uint32_t description_mark_ = 0;  // where the next frame description's code address stands
  bool has_description_mark_ = false;
};

}  // namespace updraft::delta
