// Units of RISC-V code (spec/delta.md section 8.3). Addresses come in two parts, high and low, from
// two instructions: what registers hold is remembered from one to the other.
#pragma once
#include <array>

#include "engine/delta/instruction.hpp"
#include "engine/delta/scan_place.hpp"

namespace updraft::delta {

template <BaseReader Base>
class RiscvScanner {
 public:
  RiscvScanner(Base& base, const Facts& facts) : base_(base), facts_(facts) {}

  void start_chunk() {
    for (Register& r : registers_) r.valid = false;
  }

  Unit scan(const ScanPlace& place) {
    const std::uint32_t bytes = base_.base_bytes(place.at, 4);
    if (place.segment.kind == SegmentKind::mixed && place.address % 4 == 0 && place.left() >= 4 &&
        facts_.chip.is_address(bytes)) {
      return word_unit(Kind::pointer, bytes, bytes);
    }
    if (place.left() < 2) return raw(1, bytes);
    if (!riscv::is_long(bytes)) return compressed(first_bytes(bytes, 2), place.address);
    if (place.left() < 4) return raw(2, bytes);
    switch (riscv::opcode_of(bytes)) {
      case riscv::kJump:
        return jump(bytes, place.address);
      case riscv::kBranch:
        return branch(Field::branch, 4, bytes, place.address);
      case riscv::kAuipc:
      case riscv::kLui:
        return high(bytes, place);
      default:
        return riscv::is_low_user(bytes) ? low_user(bytes, place.at) : other(bytes);
    }
  }

  // After a LUI or AUIPC at base offset `at`: its register now holds what the target loads, or (not
  // `same`) nothing.
  void set_register(const Unit& loading, bool same, std::uint32_t old_high, std::uint32_t new_high,
                    std::uint32_t at) {
    registers_[loading.register_index] = {old_high, new_high, at, same};
  }

 private:
  // The high part of an address, or nothing.
  struct Register {
    std::uint32_t old_high = 0, new_high = 0;
    std::uint32_t loaded_at = 0;  // base offset of the LUI or AUIPC
    bool valid = false;
  };

  static Unit raw(std::uint32_t size, std::uint32_t bytes) {
    return plain_unit(Kind::raw, ByteClass::riscv, size, bytes);
  }
  static Unit plain(std::uint32_t instruction) {
    return plain_unit(Kind::four_bytes, ByteClass::riscv, 4, instruction);
  }
  void forget(std::uint32_t register_index) { registers_[register_index].valid = false; }

  Unit compressed(std::uint32_t instruction, std::uint32_t address) {
    const std::uint32_t op = instruction & 3u, funct3 = instruction >> 13;
    if (op == 1 && (funct3 == 1 || funct3 == 5)) {
      return branch(Field::compressed_jump, 2, instruction, address);
    }
    if (op == 1 && funct3 >= 6) return branch(Field::compressed_branch, 2, instruction, address);
    forget_compressed(instruction, op, funct3);
    return plain_unit(Kind::two_bytes, ByteClass::riscv, 2, instruction);
  }
  void forget_compressed(std::uint32_t instruction, std::uint32_t op, std::uint32_t funct3) {
    const std::uint32_t rd = riscv::rd_of(instruction), second = instruction >> 2 & 31u;
    const bool computes = (op == 1 && (funct3 == 0 || funct3 == 2 || funct3 == 3)) ||
                          (op == 2 && (funct3 == 0 || (funct3 == 4 && second != 0)));
    const bool loads_stack = op == 2 && funct3 == 2, stores_stack = op == 2 && funct3 == 6;
    if (computes || (loads_stack && !riscv::is_saved(rd))) forget(rd);
    if (stores_stack) forget(second);  // a function begins that uses it otherwise
    if (op == 0 && funct3 == 2) forget(8 + (second & 7u));
  }

  static Unit branch(Field field, std::uint32_t size, std::uint32_t instruction,
                     std::uint32_t address) {
    Unit unit = plain_unit(Kind::branch, ByteClass::riscv, size, instruction);
    unit.local = true;
    unit.field = field;
    unit.old_target = address + signed_field(unit);
    return unit;
  }

  Unit jump(std::uint32_t instruction, std::uint32_t address) const {
    Unit unit = plain(instruction);
    unit.kind = Kind::jump;
    unit.field = Field::jump_and_link;
    unit.old_target = address + signed_field(unit);
    unit.local = riscv::rd_of(instruction) == 0;
    unit.in_base = facts_.base.at_address(unit.old_target) != nullptr;
    return unit;
  }

  // LUI, AUIPC: the instruction that adds the low part shows which address is meant. Where there is
  // none, the high part may be an address itself.
  Unit high(std::uint32_t instruction, const ScanPlace& place) {
    Unit unit = plain(instruction);
    unit.kind = Kind::high;
    unit.field = Field::upper;
    unit.register_index = static_cast<std::uint8_t>(riscv::rd_of(instruction));
    const std::uint32_t high_part = riscv::high_part(instruction, place.address);
    const std::uint32_t user = low_user_of(unit.register_index, place);
    unit.unpaired = user == 0;
    unit.old_target = high_part + (user != 0 ? riscv::low_part(user) : 0);
    unit.in_base =
        unit.unpaired ? facts_.chip.is_address(high_part) : facts_.chip.is_target(unit.old_target);
    return unit;
  }
  // The next instruction that adds a low part to the register; 0: there is none.
  std::uint32_t low_user_of(std::uint32_t register_index, const ScanPlace& place) {
    constexpr std::uint32_t kLookAhead = 128;
    const std::uint32_t to_end = place.segment.end() - place.at;
    for (std::uint32_t ahead = 4; ahead - 4 < kLookAhead && to_end >= ahead + 4;) {
      const std::uint32_t next = base_.base_bytes(place.at + ahead, 4);
      if (!riscv::is_long(next)) {
        ahead += 2;
        continue;
      }
      if (riscv::is_low_user(next) && riscv::rs_of(next) == register_index) return next;
      const std::uint32_t opcode = riscv::opcode_of(next);
      const bool writes = opcode != riscv::kBranch && !riscv::stores(next);
      const bool overwrites = writes && riscv::rd_of(next) == register_index;
      if (opcode == riscv::kJump || overwrites) return 0;
      ahead += 4;
    }
    return 0;
  }

  Unit low_user(std::uint32_t instruction, std::uint32_t at) {
    Unit unit = plain(instruction);
    const std::uint32_t rs = riscv::rs_of(instruction);
    const Register base = registers_[rs];
    forget_after(instruction);
    const AddressPair& pointer = facts_.global_pointer;
    const bool global = rs == riscv::kGlobalPointer && pointer.old_address != 0 &&
                        riscv::opcode_of(instruction) != riscv::kJumpRegister;
    const std::uint32_t reach = riscv::is_saved(rs) ? 16'384 : 64;
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
  // A load from the stack brings a saved register back; a store to it begins a function.
  void forget_after(std::uint32_t instruction) {
    const std::uint32_t opcode = riscv::opcode_of(instruction), rd = riscv::rd_of(instruction);
    const bool stack = riscv::rs_of(instruction) == riscv::kStackPointer;
    if (opcode == riscv::kStore && stack) forget(riscv::second_source_of(instruction));
    const bool restores = opcode == riscv::kLoad && stack && riscv::is_saved(rd);
    if (!riscv::stores(instruction) && !restores) forget(rd);
  }

  Unit other(std::uint32_t instruction) {
    forget(riscv::rd_of(instruction));
    return plain(instruction);
  }

  Base& base_;
  const Facts& facts_;
  std::array<Register, 32> registers_{};
};

}  // namespace updraft::delta
