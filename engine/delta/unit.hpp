// Units: the pieces into which a copy is cut, by what the base holds there (spec/delta.md
// section 8), and the fields of theirs in which addresses stand.
#pragma once
#include <cstdint>
#include <span>

#include "engine/delta/byte_model.hpp"

namespace updraft::delta {

// The comments begin with each kind's name in the format's page.
enum class Kind : std::uint8_t {
  // These hold an address.
  pointer,            // PTR: a word that is one
  frame_header,       // HDR: an entry of .eh_frame_hdr's table
  frame_description,  // FDE: where a frame description's code begins
  frame_common,       // CIE: how far a description's common part is
  call,               // CALL of Xtensa
  jump,               // JAL of RISC-V
  literal_load,       // L32R of Xtensa
  high,               // HI: LUI or AUIPC of RISC-V
  branch,             // BR: branches, and jumps that stay near
  low,                // LO: an instruction that adds the low part to a register
  global,             // GP: likewise to the global pointer
  // These do not.
  two_bytes,    // G2: any other instruction of that size
  three_bytes,  // G3
  four_bytes,   // G4
  word,         // WORD: four bytes of data
  raw           // RAW: what does not fit anything else
};
constexpr bool holds_address(Kind kind) { return kind <= Kind::global; }
// Predicted by what the same bytes became before (substitutions.hpp).
constexpr bool is_substituted(Kind kind) { return kind > Kind::global && kind != Kind::raw; }

// Models are kept per kind; kinds of different instruction sets share a place.
inline constexpr std::size_t kKindPlaces = 13, kAddressPlaces = 9;
constexpr std::size_t place_of(Kind kind) {
  constexpr std::uint8_t kPlaces[] = {0, 1, 2, 3, 4, 4, 5, 5, 6, 7, 8, 9, 7, 10, 11, 12};
  return kPlaces[static_cast<std::size_t>(kind)];
}

// Where in a unit the address stands, by the instruction formats. Bits are those of the unit.
enum class Field : std::uint8_t {
  none,
  word,               // all 32 bits
  call,               // Xtensa CALL: bits 23..6, in words
  jump,               // Xtensa J: bits 23..6, in bytes
  branch_zero,        // Xtensa BZ: bits 23..12
  branch_short,       // Xtensa, all other branches: bits 23..16
  literal_load,       // Xtensa L32R: bits 23..8
  jump_and_link,      // RISC-V: immediate of the J format
  branch,             // RISC-V: of the B format
  upper,              // RISC-V: of the U format, bits 31..12
  load,               // RISC-V: of the I format
  store,              // RISC-V: of the S format
  compressed_jump,    // RISC-V: of C.J
  compressed_branch,  // RISC-V: of C.BEQZ
};

std::uint32_t get_field(Field field, std::uint32_t unit);
// `value` is cut to the field's width.
std::uint32_t put_field(Field field, std::uint32_t unit, std::uint32_t value);
unsigned field_width(Field field);
// What a difference in the field is divided by when it is coded: 1, for fields in halves 2.
unsigned field_scale(Field field);

constexpr std::int32_t sign_extend(std::uint32_t value, unsigned bits) {
  return static_cast<std::int32_t>(value << (32 - bits)) >> (32 - bits);
}

constexpr std::uint32_t first_bytes(std::uint32_t bytes, std::uint32_t size) {
  return size >= 4 ? bytes : bytes & ((1u << 8 * size) - 1);
}

struct Unit {
  Kind kind = Kind::raw;
  Field field = Field::none;
  ByteClass byte_class = ByteClass::data;
  std::uint8_t size = 1;            // bytes, 1..4
  std::uint8_t source = 0;          // context of the hit flag: see Prediction
  bool in_base = false;             // the old target lies in a base segment
  bool local = false;               // a jump: predicted by operations, never learned
  bool unpaired = false;            // high: no instruction adds a low part
  bool exception_table = false;     // pointer: to one, from a frame description; never learned
  std::uint32_t old_bytes = 0;      // the base bytes, little-endian; nothing above its size
  std::uint32_t old_target = 0;     // the old address that it holds
  std::uint32_t predicted = 0;      // the target's bytes, if the prediction is right
  std::uint8_t register_index = 0;  // high: the register that it loads
  std::uint32_t new_base = 0;       // low, global: what the immediate is added to, in the target
};

}  // namespace updraft::delta
