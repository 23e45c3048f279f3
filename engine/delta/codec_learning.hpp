// What a codec learns from each unit, rightly predicted or not, about later addresses
// (spec/delta.md sections 7 and 8). Belongs to codec.hpp, which includes it.
#pragma once
#include "engine/delta/codec.hpp"

namespace updraft::delta {

// The target differs from the base in the address only.
template <CodecEnd End, class Limits>
bool Codec<End, Limits>::only_address(const Unit& unit, std::uint32_t actual) const {
  if (unit.kind == Kind::pointer) return facts_.chip.is_address(actual);
  return put_field(unit.field, unit.old_bytes, 0) == put_field(unit.field, actual, 0);
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::learn_from(const Unit& unit, const Place& place, std::uint32_t actual) {
  if (!holds_address(unit.kind)) return;
  const bool same = only_address(unit, actual);
  const std::uint32_t field = get_field(unit.field, actual);
  const auto distance = [&unit, field] {
    return static_cast<std::uint32_t>(sign_extend(field, field_width(unit.field)));
  };
  const std::uint32_t here = place.new_address;
  switch (unit.kind) {
    case Kind::pointer:
      if (!same) return;
      if (!unit.exception_table) return learn(unit, actual);
      last_table_ = {unit.old_target, actual};
      return;
    case Kind::frame_header:
      return learn_frame_word(unit, facts_.frame_header.new_address + actual);
    case Kind::frame_description:
      return learn_frame_word(unit, here + actual);
    case Kind::frame_common:
      return learn_frame_word(unit, here - actual);
    case Kind::call:
      if (same && unit.in_base) learn(unit, xtensa::call_base(here) + 4 * distance());
      return;
    case Kind::literal_load:
      return learn_literal_load(unit, xtensa::literal_base(here) + 4 * field, actual, same);
    case Kind::jump:
      if (same && unit.in_base && !unit.local) learn(unit, here + distance());
      return;
    case Kind::high:
      scanner_.registers().set_register(unit, same,
                                        riscv::high_part(unit.old_bytes, place.old_address),
                                        riscv::high_part(actual, here), place.source);
      if (same && unit.unpaired && unit.in_base) learn(unit, riscv::high_part(actual, here));
      return;
    case Kind::low:
    case Kind::global: {
      const std::uint32_t to = unit.new_base + riscv::low_part(actual);
      if (same && facts_.chip.is_address(to)) learn(unit, to);
      return;
    }
    default:  // a branch
      return;
  }
}

// A relative word of the exception frames. A word that points out of the target is not one.
template <CodecEnd End, class Limits>
void Codec<End, Limits>::learn_frame_word(const Unit& unit, std::uint32_t new_target) {
  if (facts_.target.at_address(new_target) != nullptr) learn(unit, new_target);
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::learn_literal_load(const Unit& unit, std::uint32_t new_literal,
                                            std::uint32_t actual, bool same) {
  if (!xtensa::is_literal_load(actual)) return;
  pool_.use(new_literal);
  if (!same || !unit.in_base) return;
  pool_.pair(unit.old_target, new_literal);
  learn(unit, new_literal);
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::learn(const Unit& unit, std::uint32_t new_address) {
  end_.on_learn(unit, new_address);
  book_.learn(unit.old_target, new_address);
}

}  // namespace updraft::delta
