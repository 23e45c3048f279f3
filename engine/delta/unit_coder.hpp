// Codes a unit, given what is predicted for it (spec/delta.md section 9): is the prediction
// right; if not, is only its address different; if not even that, which bytes.
//
// Memory: 3.3 KiB for the hit flags, 1.7 KiB for the differences of addresses, 0.5 KiB for the
// rest.
#pragma once
#include "engine/delta/literal_pool.hpp"
#include "engine/delta/substitutions.hpp"
#include "engine/delta/unit.hpp"

namespace updraft::delta {

template <unsigned kMaxLogSlots>
class UnitCoder {
 public:
  void reset(unsigned log_slots) {
    bytes_.reset(log_slots);
    hit_ = {};
    keep_.fill({});
    same_.fill({});
    mask_ = {};
    distance_ = {};
    substitutions_.reset();
    last_miss_.fill(0);
    missed_ = 0;
  }
  // The next units belong to a copy of so many bytes: the shorter, the less sure is what it holds.
  void start_operation(std::uint32_t size) {
    size_step_ = static_cast<std::uint8_t>((size >= 16) + (size >= 48) + (size >= 256));
  }
  ByteModel<kMaxLogSlots>& bytes() { return bytes_; }
  NumberClass& distance(Kind kind) { return distance_[place_of(kind)]; }

  // Returns the unit's bytes in the target. `wanted`: those, for an encoder. `only_address`: that
  // they differ from the base bytes in the address only, likewise. `literal(word)`: codes the
  // literal of an L32R and returns the unit with it.
  template <BitCoder Coder, class LiteralCode>
  std::uint32_t code(Coder& coder, Unit& unit, std::uint32_t history, std::uint32_t wanted,
                     bool only_address, LiteralCode literal) {
    if (is_substituted(unit.kind)) return code_substituted(coder, unit, history, wanted);
    if (code_hit(coder, unit, wanted == unit.predicted)) return unit.predicted;
    if (holds_address(unit.kind)) {
      const std::size_t place = place_of(unit.kind);
      if (code_keep(coder, unit, wanted)) return unit.old_bytes;
      if (code_bit(coder, same_[place], only_address)) {
        return unit.kind == Kind::literal_load ? literal(wanted)
                                               : code_distance(coder, unit, wanted);
      }
    }
    return code_bytes(coder, unit, unit.predicted, history, wanted);
  }

 private:
  template <BitCoder Coder>
  bool code_hit(Coder& coder, const Unit& unit, bool hit) {
    const std::size_t place = place_of(unit.kind);
    const std::size_t context = (missed_ * 2u + last_miss_[place]) * 4u + size_step_;
    hit = code_bit(coder, hit_[place][unit.source * 16u + context], hit);
    missed_ = last_miss_[place] = hit ? 0 : 1;
    return hit;
  }

  // After a miss: the unit stayed as it was in the base.
  template <BitCoder Coder>
  bool code_keep(Coder& coder, const Unit& unit, std::uint32_t wanted) {
    const bool changed = unit.predicted != unit.old_bytes;
    return changed && code_bit(coder, keep_[place_of(unit.kind)], wanted == unit.old_bytes);
  }

  template <BitCoder Coder>
  std::uint32_t code_substituted(Coder& coder, Unit& unit, std::uint32_t history,
                                 std::uint32_t wanted) {
    Substitutions::Entry& entry = substitutions_.of(unit.old_bytes, unit.size);
    if (entry.substitutes(unit.old_bytes)) {
      unit.predicted = entry.new_bytes;
      unit.source = 1;
    }
    std::uint32_t made = unit.predicted;
    if (!code_hit(coder, unit, wanted == unit.predicted)) {
      made = code_keep(coder, unit, wanted)
                 ? unit.old_bytes
                 : code_bytes(coder, unit, unit.old_bytes, history, wanted);
    }
    entry.note(unit.old_bytes, made);
    return made;
  }

  template <BitCoder Coder>
  std::uint32_t code_distance(Coder& coder, const Unit& unit, std::uint32_t wanted) {
    const std::uint32_t from = get_field(unit.field, unit.predicted);
    const std::uint32_t away = get_field(unit.field, wanted) - from;
    const auto scale = static_cast<std::int32_t>(field_scale(unit.field));
    const std::int32_t steps = sign_extend(away, field_width(unit.field)) / scale;
    const std::int32_t coded = code_signed(coder, distance(unit.kind), steps);
    return put_field(unit.field, unit.predicted,
                     from + static_cast<std::uint32_t>(coded) * static_cast<std::uint32_t>(scale));
  }

  template <BitCoder Coder>
  std::uint32_t code_bytes(Coder& coder, const Unit& unit, std::uint32_t expected,
                           std::uint32_t history, std::uint32_t wanted) {
    std::uint32_t mask = 1;  // which bytes are not as expected, the first one lowest
    if (unit.size > 1) {
      mask = 0;
      for (unsigned i = 0; i < unit.size; ++i) {
        const bool differs = ((wanted ^ expected) >> 8 * i & 255u) != 0;
        mask |= (differs ? 1u : 0u) << i;
      }
      mask = code_tree(coder, mask_[place_of(unit.kind)], unit.size, mask);
    }
    std::uint32_t made = 0;
    for (unsigned i = 0; i < unit.size; ++i) {
      std::uint32_t byte = expected >> 8 * i & 255u;
      if ((mask >> i & 1u) != 0) {
        const ByteContext context{unit.byte_class, i, byte, history};
        byte = bytes_.code(coder, context, wanted >> 8 * i & 255u);
      }
      made |= byte << 8 * i;
      history = longer_history(history, byte);
    }
    return made;
  }

  ByteModel<kMaxLogSlots> bytes_;
  std::array<std::array<WideModel, 64>, kKindPlaces> hit_;
  std::array<SmallModel, kKindPlaces> keep_, same_;
  std::array<std::array<SmallModel, 16>, kKindPlaces> mask_;
  std::array<NumberClass, kAddressPlaces> distance_;
  Substitutions substitutions_;
  std::array<std::uint8_t, kKindPlaces> last_miss_{};  // 1: the last unit of the kind was one
  std::uint8_t missed_ = 0;                            // 1: the last unit of any kind
  std::uint8_t size_step_ = 0;                         // of the copy
};

}  // namespace updraft::delta
