// What a codec predicts of the addresses in a unit, and what the unit then teaches it
// (spec/delta.md sections 7 and 8). Belongs to codec.hpp, which includes it.
#pragma once
#include "engine/delta/codec.hpp"

namespace updraft::delta {

template <class Io, class Limits>
std::uint32_t Codec<Io, Limits>::local(std::uint32_t target, std::uint32_t a,
                                       std::uint32_t b) const {
  const std::uint32_t moved_along = target + (b - a);
  const Segment* in = facts_.base.at_address(target);
  if (in == nullptr) return moved_along;
  const std::uint32_t offset = in->offset + (target - in->address);
  if (operations_[k_].reads(offset)) return moved_along;
  const Operation* op = operations_.find(k_, header_.look, offset);
  if (op == nullptr) return moved_along;
  const std::uint32_t there = op->to + (offset - op->from);
  const Segment* to = facts_.target.at_offset(there);
  return to != nullptr ? to->address + (there - to->offset) : moved_along;
}

template <class Io, class Limits>
void Codec<Io, Limits>::predict(Unit& unit, std::uint32_t a, std::uint32_t b) {
  const bool needs_book = unit.kind != Kind::br && unit.kind != Kind::l32r && !unit.local;
  const auto [address, source] = needs_book ? book_.predict(unit.target) : Prediction{};
  switch (unit.kind) {
    case Kind::ptr:
      unit.predicted = address;
      unit.source = source;
      return;
    case Kind::hdr:
      unit.predicted = address - facts_.eh_new;
      unit.source = source;
      return;
    case Kind::fde:
      unit.predicted = address - b;
      unit.source = source;
      return;
    case Kind::cie:
      unit.predicted = b - address;
      unit.source = source;
      return;
    case Kind::call: {
      const std::uint32_t v = unit.in_base ? address : unit.target;
      unit.source = unit.in_base ? source : 3;
      unit.predicted = put_field(unit.field, unit.old, (v - 4 - (b & ~3u)) >> 2);
      return;
    }
    case Kind::l32r:
      return predict_load(unit, a, b);
    case Kind::br: {
      const std::uint32_t v = local(unit.target, a, b);
      const bool riscv = facts_.chip.isa == Isa::riscv;
      unit.predicted = put_field(unit.field, unit.old, v - b - (riscv ? 0 : 4));
      unit.source = unit.predicted != unit.old ? 1 : 0;
      if (unit.field == Field::branch) unit.source = static_cast<std::uint8_t>(unit.source + 2);
      return;
    }
    case Kind::jal: {
      std::uint32_t v = unit.target;
      unit.source = 3;
      if (unit.local) {
        v = local(unit.target, a, b);
        unit.source = 2;
      } else if (unit.in_base) {
        v = address;
        unit.source = source;
      }
      unit.predicted = put_field(unit.field, unit.old, v - b);
      return;
    }
    case Kind::hi: {
      unit.source = unit.in_base ? source : 3;
      if (!unit.in_base) return;
      const bool relative = (unit.old & 127u) == 0x17;
      const std::uint32_t high = address - (relative ? b : 0) + 0x800;
      unit.predicted = put_field(unit.field, unit.old, high >> 12);
      return;
    }
    default: {  // lo, gp
      const std::uint32_t low = address - unit.base_new;
      const bool reaches = static_cast<std::uint32_t>(sign_extend(low, 12)) == low;
      unit.source = reaches ? source : 3;
      if (reaches) unit.predicted = put_field(unit.field, unit.old, low);
      return;
    }
  }
}

// A literal with that value stands at this target address already.
template <class Io, class Limits>
bool Codec<Io, Limits>::is_literal(std::uint32_t address, std::uint32_t value) {
  const Segment* in = facts_.target.at_address(address);
  if (in == nullptr) return false;
  const std::uint32_t offset = in->offset + (address - in->address);
  return offset <= n_ && n_ - offset >= 4 && io_.made(offset) == value;
}

template <class Io, class Limits>
void Codec<Io, Limits>::predict_load(Unit& unit, std::uint32_t a, std::uint32_t b) {
  constexpr std::uint32_t kReach = 64;
  const std::uint32_t base = (b + 3) & ~3u;
  std::uint32_t v = unit.target + base - ((a + 3) & ~3u);
  unit.source = 3;
  const Segment* in = facts_.base.at_address(unit.target);
  unit.in_base = in != nullptr && in->size - (unit.target - in->address) >= 4;
  if (unit.in_base) {
    const std::uint32_t old = io_.bytes(in->offset + (unit.target - in->address), 4);
    const std::uint32_t value = facts_.chip.is_address(old) ? book_.predict(old).address : old;
    const Prediction there = book_.predict(unit.target);
    const std::uint32_t a0 = there.address & ~3u;
    const std::uint32_t a1 =
        pool_.last_old() != 0 ? unit.target + (pool_.last_new() - pool_.last_old()) : a0;
    const auto found = [&](std::uint32_t address, std::uint8_t source) {
      if (!is_literal(address, value)) return false;
      v = address;
      unit.source = source;
      return true;
    };
    v = a1;
    bool done = found(a0, std::min<std::uint8_t>(there.source, 1)) || found(a1, 2);
    for (std::uint32_t i = 4; i <= 4 * kReach && !done; i += 4) {
      done = found(a1 + i, 2) || found(a1 - i, 2) || found(a0 + i, 2) || found(a0 - i, 2);
    }
  }
  unit.predicted = put_field(Field::l32r, unit.old, (v - base) >> 2);
}

template <class Io, class Limits>
bool Codec<Io, Limits>::only_address(const Unit& unit, std::uint32_t actual) const {
  if (unit.kind == Kind::ptr) return facts_.chip.is_address(actual);
  return put_field(unit.field, unit.old, 0) == put_field(unit.field, actual, 0);
}

// What a unit, right or wrong, teaches about the addresses to come.
template <class Io, class Limits>
void Codec<Io, Limits>::after(const Unit& unit, std::uint32_t q, std::uint32_t b,
                              std::uint32_t actual) {
  if (!holds_address(unit.kind)) return;
  const bool same = only_address(unit, actual);
  const std::uint32_t field = get_field(unit.field, actual);
  switch (unit.kind) {
    case Kind::ptr:
      if (same) learn(unit, unit.target, actual);
      return;
    case Kind::hdr:
    case Kind::fde:
    case Kind::cie: {
      std::uint32_t to = unit.kind == Kind::hdr ? facts_.eh_new + actual : b + actual;
      if (unit.kind == Kind::cie) to = b - actual;
      if (facts_.target.at_address(to) != nullptr) learn(unit, unit.target, to);
      return;
    }
    case Kind::call:
      if (same && unit.in_base) {
        learn(unit, unit.target,
              (b & ~3u) + 4 + 4 * static_cast<std::uint32_t>(sign_extend(field, 18)));
      }
      return;
    case Kind::l32r: {
      if ((actual & 15u) != 1) return;
      const std::uint32_t to = ((b + 3) & ~3u) + 4 * field - 0x4'0000;
      pool_.use(to);
      if (!same || !unit.in_base) return;
      pool_.pair(unit.target, to);
      learn(unit, unit.target, to);
      return;
    }
    case Kind::jal:
      if (same && unit.in_base && !unit.local) {
        learn(unit, unit.target, b + static_cast<std::uint32_t>(sign_extend(field, 21)));
      }
      return;
    case Kind::hi: {
      const bool relative = (unit.old & 127u) == 0x17;
      const std::uint32_t a =
          facts_.base.at_offset(q)->address + (q - facts_.base.at_offset(q)->offset);
      scanner_.set_register(unit, same, (unit.old & 0xFFFF'F000) + (relative ? a : 0),
                            (actual & 0xFFFF'F000) + (relative ? b : 0), q);
      return;
    }
    case Kind::lo:
    case Kind::gp: {
      const std::uint32_t to = unit.base_new + low_part(actual);
      if (same && facts_.chip.is_address(to)) learn(unit, unit.target, to);
      return;
    }
    default:
      return;
  }
}

template <class Io, class Limits>
void Codec<Io, Limits>::learn(const Unit& unit, std::uint32_t old_address,
                              std::uint32_t new_address) {
  io_.on_learn(unit, old_address, new_address);
  book_.learn(old_address, new_address);
}

}  // namespace updraft::delta
