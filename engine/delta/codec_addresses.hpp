// What a codec predicts of the addresses in a unit (spec/delta.md sections 7 and 8). Belongs to
// codec.hpp, which includes it.
#pragma once
#include "engine/delta/codec.hpp"

namespace updraft::delta {

// Where a jump or branch goes that stays near: its target moved as the operation that copies it.
// One that no operation near this one copies is in another function, and has an address like
// others.
template <CodecEnd End, class Limits>
std::uint32_t Codec<End, Limits>::local(std::uint32_t old_target, const Place& place) const {
  const std::uint32_t moved_along = old_target + (place.new_address - place.old_address);
  const Segment* in = facts_.base.at_address(old_target);
  if (in == nullptr) return moved_along;
  const std::uint32_t offset = in->offset_of(old_target);
  if (operations_[now_].reads(offset)) return moved_along;
  if (const Operation* op = operations_.find(now_, header_.look, offset); op != nullptr) {
    const std::uint32_t there = op->target + (offset - op->source);
    const Segment* to = facts_.target.at_offset(there);
    if (to != nullptr) return to->address_of(there);
  }
  const Prediction moved = book_.predict(old_target);
  return moved.source < kFromNobody ? moved.address : moved_along;
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::predict(Unit& unit, const Place& place) {
  if (unit.kind == Kind::branch) return predict_branch(unit, place);
  if (unit.kind == Kind::literal_load) return predict_literal_load(unit, place);
  const Prediction moved = unit.local ? Prediction{} : book_.predict(unit.old_target);
  switch (unit.kind) {
    case Kind::call:
      return predict_call(unit, moved, place.new_address);
    case Kind::jump:
      return predict_jump(unit, moved, place);
    case Kind::high:
      return predict_high(unit, moved, place.new_address);
    case Kind::low:
    case Kind::global:
      return predict_low(unit, moved);
    default:
      return predict_word(unit, moved, place.new_address);
  }
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::predict_word(Unit& unit, const Prediction& moved,
                                      std::uint32_t new_address) const {
  unit.source = moved.source;
  unit.predicted = moved.address;
  if (unit.exception_table && last_table_.old_address != 0) {
    unit.source = kNoAddress;
    unit.predicted = unit.old_target + (last_table_.new_address - last_table_.old_address);
  }
  if (unit.kind == Kind::frame_header) unit.predicted -= facts_.frame_header.new_address;
  if (unit.kind == Kind::frame_description) unit.predicted -= new_address;
  if (unit.kind == Kind::frame_common) unit.predicted = new_address - moved.address;
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::predict_call(Unit& unit, const Prediction& moved,
                                      std::uint32_t new_address) const {
  const std::uint32_t target = unit.in_base ? moved.address : unit.old_target;
  const std::uint32_t words = (target - xtensa::call_base(new_address)) >> 2;
  unit.source = unit.in_base ? moved.source : kNoAddress;
  unit.predicted = put_field(unit.field, unit.old_bytes, words);
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::predict_jump(Unit& unit, const Prediction& moved,
                                      const Place& place) const {
  constexpr std::uint8_t kLocal = 2;  // context of the hit flag
  std::uint32_t target = unit.old_target;
  unit.source = kNoAddress;
  if (unit.local) {
    target = local(unit.old_target, place);
    unit.source = kLocal;
  } else if (unit.in_base) {
    target = moved.address;
    unit.source = moved.source;
  }
  unit.predicted = put_field(unit.field, unit.old_bytes, target - place.new_address);
}

// The contexts of its hit flag: 1 if the prediction is not what the base has; for the 4 bytes of
// RISC-V 2 more.
template <CodecEnd End, class Limits>
void Codec<End, Limits>::predict_branch(Unit& unit, const Place& place) const {
  const std::uint32_t counts_from = facts_.chip.isa == Isa::riscv ? 0 : 4;
  const std::uint32_t distance = local(unit.old_target, place) - place.new_address - counts_from;
  unit.predicted = put_field(unit.field, unit.old_bytes, distance);
  unit.source = unit.predicted != unit.old_bytes ? 1 : 0;
  if (unit.field == Field::branch) unit.source = static_cast<std::uint8_t>(unit.source + 2);
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::predict_high(Unit& unit, const Prediction& moved,
                                      std::uint32_t new_address) const {
  unit.source = unit.in_base ? moved.source : kNoAddress;
  if (!unit.in_base) return;
  if (unit.unpaired && moved.source == kFromMap) unit.source = kFromNobody;
  const std::uint32_t from = riscv::is_relative(unit.old_bytes) ? new_address : 0;
  const std::uint32_t rounded = moved.address - from + 0x800;  // the low part is signed
  unit.predicted = put_field(unit.field, unit.old_bytes, rounded >> 12);
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::predict_low(Unit& unit, const Prediction& moved) const {
  const std::uint32_t low = moved.address - unit.new_base;
  const bool reaches = static_cast<std::uint32_t>(sign_extend(low, 12)) == low;
  unit.source = reaches ? moved.source : kNoAddress;
  if (reaches) unit.predicted = put_field(unit.field, unit.old_bytes, low);
}

// A literal with that value stands at this target address already.
template <CodecEnd End, class Limits>
bool Codec<End, Limits>::is_literal(std::uint32_t address, std::uint32_t value) {
  const Segment* in = facts_.target.at_address(address);
  if (in == nullptr) return false;
  const std::uint32_t offset = in->offset_of(address);
  return offset <= at_ && at_ - offset >= 4 && end_.produced_word(offset) == value;
}

// Where the literal of a load went: to its mapped address, as far as the last literal moved, or
// near one of these.
template <CodecEnd End, class Limits>
Prediction Codec<End, Limits>::find_literal(std::uint32_t old_literal, std::uint32_t old_value) {
  constexpr std::uint32_t kReach = 64;    // words
  constexpr std::uint8_t kAlongLast = 2;  // context of the hit flag: found, but not where mapped
  const bool moves = facts_.chip.is_address(old_value);
  const std::uint32_t value = moves ? book_.predict(old_value).address : old_value;
  const Prediction moved = book_.predict(old_literal);
  const std::uint32_t mapped = xtensa::align_down(moved.address);
  const bool has_last = pool_.last_old() != 0;
  const std::uint32_t along_last =
      has_last ? old_literal + (pool_.last_new() - pool_.last_old()) : mapped;
  Prediction literal{along_last, kNoAddress};
  const auto found = [&](std::uint32_t address, std::uint8_t source) {
    if (!is_literal(address, value)) return false;
    literal = {address, source};
    return true;
  };
  bool done = found(mapped, std::min(moved.source, kFromMap)) || found(along_last, kAlongLast);
  for (std::uint32_t away = 4; away <= 4 * kReach && !done; away += 4) {
    done = found(along_last + away, kAlongLast) || found(along_last - away, kAlongLast) ||
           found(mapped + away, kAlongLast) || found(mapped - away, kAlongLast);
  }
  return literal;
}

template <CodecEnd End, class Limits>
void Codec<End, Limits>::predict_literal_load(Unit& unit, const Place& place) {
  const std::uint32_t base = xtensa::literal_base(place.new_address);
  const Segment* in = facts_.base.at_address(unit.old_target);
  unit.in_base = in != nullptr && in->end() - in->offset_of(unit.old_target) >= 4;
  Prediction literal{unit.old_target + base - xtensa::literal_base(place.old_address), kNoAddress};
  if (unit.in_base) {
    const std::uint32_t old_value = end_.base_bytes(in->offset_of(unit.old_target), 4);
    literal = find_literal(unit.old_target, old_value);
  }
  unit.source = literal.source;
  unit.predicted = put_field(unit.field, unit.old_bytes, (literal.address - base) >> 2);
}

}  // namespace updraft::delta
