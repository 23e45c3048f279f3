// Units: the pieces into which a copy is cut, by what the base holds there (spec/delta.md
// section 8), and the fields of theirs in which addresses stand.
#pragma once
#include <cstdint>
#include <span>

#include "engine/delta/byte_model.hpp"

namespace updraft::delta {

enum class Kind : std::uint8_t {
  ptr,
  hdr,
  fde,
  cie,
  call,
  jal,
  l32r,
  hi,
  br,
  lo,
  gp,  // hold an address
  g2,
  g3,
  g4,
  word,
  raw  // do not
};
constexpr bool holds_address(Kind kind) { return kind <= Kind::gp; }

// Models are kept per kind; kinds of different instruction sets share a place.
inline constexpr std::size_t kKindPlaces = 13, kAddressPlaces = 9;
constexpr std::size_t place_of(Kind kind) {
  constexpr std::uint8_t kPlaces[] = {0, 1, 2, 3, 4, 4, 5, 5, 6, 7, 8, 9, 7, 10, 11, 12};
  return kPlaces[static_cast<std::size_t>(kind)];
}

// Where in a unit the address stands. Names are those of the instruction formats.
enum class Field : std::uint8_t {
  none,
  word,  // 32 bits
  call,
  j,     // Xtensa: bits 23..6, in words, or bytes
  bz,    // bits 23..12
  br8,   // bits 23..16
  l32r,  // bits 23..8
  jal,
  branch,  // RISC-V: immediate of the J and B formats
  upper,   // bits 31..12
  load,
  store,  // immediate of the I and S formats
  c_j,
  c_branch,  // immediate of C.J and of C.BEQZ
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

struct Unit {
  Kind kind = Kind::raw;
  Field field = Field::none;
  ByteClass cls = ByteClass::data;
  std::uint8_t size = 1;     // bytes, 1..4
  std::uint8_t source = 0;   // context of the hit flag
  bool in_base = false;      // the old target lies in a base segment
  bool local = false;        // a jump: predicted by operations, never learned
  std::uint32_t old = 0;     // the base bytes, little-endian
  std::uint32_t target = 0;  // the old address that it holds
  std::uint32_t predicted = 0;
  std::uint8_t reg = 0;        // HI: the register that it loads
  std::uint32_t base_new = 0;  // LO, GP: what the immediate is added to, in the target
};

constexpr std::uint32_t low_bytes(std::uint32_t value, unsigned bytes) {
  return bytes == 4 ? value : value & ((1u << 8 * bytes) - 1);
}

}  // namespace updraft::delta
