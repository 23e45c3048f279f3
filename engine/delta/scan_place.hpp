// Where the base is cut into units, and how a unit begins: shared by the three scanners
// (data_scanner.hpp, xtensa_scanner.hpp, riscv_scanner.hpp).
#pragma once
#include "engine/delta/base_reader.hpp"
#include "engine/delta/facts.hpp"
#include "engine/delta/unit.hpp"

namespace updraft::delta {

struct ScanPlace {
  std::uint32_t at, address, limit;  // base offset, old address, base offset again
  const Segment& segment;
  std::uint32_t left() const { return limit - at; }
};

// `old_bytes` may hold more than `size` bytes.
inline Unit plain_unit(Kind kind, ByteClass byte_class, std::uint32_t size,
                       std::uint32_t old_bytes) {
  const bool raw_code = kind == Kind::raw && byte_class != ByteClass::data;
  return {.kind = kind,
          .byte_class = byte_class,
          .size = static_cast<std::uint8_t>(size),
          .source = static_cast<std::uint8_t>(raw_code ? 1 : 0),
          .old_bytes = first_bytes(old_bytes, size)};
}
inline Unit word_unit(Kind kind, std::uint32_t old_bytes, std::uint32_t old_target) {
  return {.kind = kind,
          .field = Field::word,
          .size = 4,
          .old_bytes = old_bytes,
          .old_target = old_target};
}
// The number in a unit's field, sign-extended.
inline std::uint32_t signed_field(const Unit& unit) {
  return static_cast<std::uint32_t>(
      sign_extend(get_field(unit.field, unit.old_bytes), field_width(unit.field)));
}

}  // namespace updraft::delta
