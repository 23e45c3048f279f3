// Reads length and address of Xtensa and RISC-V instructions, as far as cutting code into units
// needs it (spec/delta.md sections 8.2 and 8.3).
#pragma once
#include "engine/delta/unit.hpp"

namespace updraft::delta {

namespace xtensa {

constexpr std::uint32_t op0_of(std::uint32_t instruction) { return instruction & 15u; }
// By its first byte.
constexpr std::uint32_t size_of(std::uint32_t instruction) {
  const std::uint32_t op0 = op0_of(instruction);
  if (op0 == 15) return 4;
  return op0 >= 8 && op0 < 14 ? 2 : 3;
}
constexpr bool is_literal_load(std::uint32_t instruction) { return op0_of(instruction) == 1; }
// ENTRY with a frame below 16 KiB: where a function begins. Bytes above the third do not matter.
constexpr bool is_entry(std::uint32_t bytes) { return (bytes & 0xF8'0FFF) == 0x00'0136; }
// J, RET, RETW, JX, RET.N, RETW.N: nothing runs on after them.
constexpr bool ends_flow(std::uint32_t instruction, std::uint32_t size) {
  if (size == 2) return instruction == 0xF00D || instruction == 0xF01D;
  return size == 3 && ((instruction & 0x3F) == 0x06 || instruction == 0x80 || instruction == 0x90 ||
                       (instruction & 0xFF'F0FF) == 0xA0);
}

constexpr std::uint32_t align_down(std::uint32_t address) { return address & ~3u; }
constexpr std::uint32_t align_up(std::uint32_t address) { return align_down(address + 3); }
// What the field of a CALL counts from, in words.
constexpr std::uint32_t call_base(std::uint32_t address) { return align_down(address) + 4; }
// What the field of an L32R counts from, in words.
constexpr std::uint32_t literal_base(std::uint32_t address) { return align_up(address) - 0x4'0000; }

}  // namespace xtensa

namespace riscv {

constexpr std::uint32_t kLoad = 0x03, kLoadFloat = 0x07, kAddImmediate = 0x13, kAuipc = 0x17;
constexpr std::uint32_t kStore = 0x23, kStoreFloat = 0x27, kLui = 0x37, kBranch = 0x63;
constexpr std::uint32_t kJumpRegister = 0x67, kJump = 0x6F;
constexpr std::uint32_t kGlobalPointer = 3;  // the register

constexpr bool is_long(std::uint32_t instruction) { return (instruction & 3u) == 3; }  // 4 bytes
constexpr std::uint32_t opcode_of(std::uint32_t instruction) { return instruction & 127u; }
constexpr std::uint32_t rd_of(std::uint32_t instruction) { return instruction >> 7 & 31u; }
constexpr std::uint32_t rs_of(std::uint32_t instruction) { return instruction >> 15 & 31u; }
constexpr std::uint32_t funct3_of(std::uint32_t instruction) { return instruction >> 12 & 7u; }
constexpr bool stores(std::uint32_t instruction) {
  return opcode_of(instruction) == kStore || opcode_of(instruction) == kStoreFloat;
}
// LUI gives the high part of an address, AUIPC how far it is from the instruction.
constexpr bool is_relative(std::uint32_t instruction) { return opcode_of(instruction) == kAuipc; }
constexpr std::uint32_t high_part(std::uint32_t instruction, std::uint32_t address) {
  return (instruction & 0xFFFF'F000) + (is_relative(instruction) ? address : 0);
}
// Adds a 12-bit low part to a register.
constexpr bool is_low_user(std::uint32_t instruction) {
  const std::uint32_t opcode = opcode_of(instruction);
  return opcode == kJumpRegister || opcode == kLoad || opcode == kStore || opcode == kLoadFloat ||
         opcode == kStoreFloat || (opcode == kAddImmediate && funct3_of(instruction) == 0);
}
constexpr Field low_field(std::uint32_t instruction) {
  return stores(instruction) ? Field::store : Field::load;
}
inline std::uint32_t low_part(std::uint32_t instruction) {  // sign-extended
  return static_cast<std::uint32_t>(
      sign_extend(get_field(low_field(instruction), instruction), 12));
}
constexpr std::uint32_t second_source_of(std::uint32_t instruction) {
  return instruction >> 20 & 31u;
}
// Stack pointer.
constexpr std::uint32_t kStackPointer = 2;
// Calls leave these registers as they were.
constexpr bool is_saved(std::uint32_t register_index) {
  return register_index == 8 || register_index == 9 ||
         (register_index >= 18 && register_index <= 27);
}

}  // namespace riscv

}  // namespace updraft::delta
