// Cuts the base into units (spec/delta.md section 8): what stands at an offset, how long it is,
// and which address it holds. It looks at base bytes only, so that encoder and decoder see the
// same.
//
// `Base` gives `bytes(offset, n)`: n = 1..4 bytes of the base, little-endian. Offsets asked for lie
// inside a segment, or inside the base where the format's page says so.
#pragma once
#include "engine/delta/facts.hpp"
#include "engine/delta/unit.hpp"

namespace updraft::delta {

// What RISC-V registers hold while a copy is scanned: the high part of an address, or nothing.
struct Register {
  std::uint32_t old_high = 0, new_high = 0;
  std::uint32_t loaded_at = 0;  // base offset of the LUI or AUIPC
  bool valid = false;
};

constexpr std::uint32_t rd_of(std::uint32_t w) { return w >> 7 & 31u; }
constexpr std::uint32_t rs_of(std::uint32_t w) { return w >> 15 & 31u; }
constexpr bool stores(std::uint32_t w) { return (w & 127u) == 0x23 || (w & 127u) == 0x27; }
constexpr bool is_low_user(std::uint32_t w) {
  const std::uint32_t op = w & 127u;
  const bool addi = op == 0x13 && (w >> 12 & 7u) == 0;
  return op == 0x67 || op == 0x03 || op == 0x23 || op == 0x07 || op == 0x27 || addi;
}
constexpr Field low_field(std::uint32_t w) { return stores(w) ? Field::store : Field::load; }
inline std::uint32_t low_part(std::uint32_t w) {  // sign-extended
  return static_cast<std::uint32_t>(sign_extend(get_field(low_field(w), w), 12));
}

template <class Base>
class Scanner {
 public:
  Scanner(Base& base, const Facts& facts) : base_(base), facts_(facts) {}

  void start_operation() {
    for (Register& r : registers_) r.valid = false;
    has_fde_mark_ = false;
  }

  // The unit at base offset `q` in `segment`, not reaching beyond `lim`.
  Unit scan(std::uint32_t q, std::uint32_t lim, const Segment& segment) {
    const std::uint32_t a = segment.address + (q - segment.offset);
    Unit unit;
    if (segment.kind == SegmentKind::data) {
      unit = data(q, a, lim, segment);
    } else if (facts_.chip.isa == Isa::xtensa) {
      unit = xtensa(q, a, lim, segment);
    } else {
      unit = riscv(q, a, lim, segment);
    }
    if (unit.kind == Kind::raw || unit.kind == Kind::word) unit.old = base_.bytes(q, unit.size);
    unit.predicted = unit.old;
    return unit;
  }

  // A LUI or AUIPC went by: its register holds what the target loads, or nothing.
  void set_register(const Unit& hi, bool same, std::uint32_t old_high, std::uint32_t new_high,
                    std::uint32_t q) {
    registers_[hi.reg] = {old_high, new_high, q, same};
  }

 private:
  std::uint32_t word(std::uint32_t q) { return base_.bytes(q, 4); }
  static Unit raw(std::uint32_t size, ByteClass cls) {
    return {.kind = Kind::raw,
            .cls = cls,
            .size = static_cast<std::uint8_t>(size),
            .source = static_cast<std::uint8_t>(cls == ByteClass::data ? 0 : 1)};
  }
  static Unit plain(Kind kind, ByteClass cls, std::uint32_t size, std::uint32_t old) {
    return {.kind = kind, .cls = cls, .size = static_cast<std::uint8_t>(size), .old = old};
  }
  static Unit word_with(Kind kind, std::uint32_t old, std::uint32_t target) {
    return {.kind = kind, .field = Field::word, .size = 4, .old = old, .target = target};
  }
  bool is_pointer(std::uint32_t q, std::uint32_t a, std::uint32_t lim) {
    return a % 4 == 0 && lim - q >= 4 && facts_.chip.is_address(word(q));
  }

  Unit data(std::uint32_t q, std::uint32_t a, std::uint32_t lim, const Segment& segment) {
    const std::uint32_t left = lim - q;
    if (a % 4 != 0 || left < 4 || facts_.plain) {
      Unit unit = raw(std::min<std::uint32_t>(4 - a % 4, left), ByteClass::data);
      if (unit.size == 4) unit.kind = Kind::word;
      return unit;
    }
    const std::uint32_t w = word(q);
    if (facts_.chip.is_address(w)) return word_with(Kind::ptr, w, w);
    const bool in_table = facts_.eh_old != 0 && a - (facts_.eh_old + 12) < 8 * facts_.eh_count;
    if (in_table) return word_with(Kind::hdr, w, facts_.eh_old + w);
    if (has_fde_mark_ && q == fde_mark_) {
      has_fde_mark_ = false;
      return word_with(Kind::fde, w, a + w);
    }
    if (points_to_cie(q, w, segment)) {
      fde_mark_ = q + 4;
      has_fde_mark_ = true;
      return word_with(Kind::cie, w, a - w);
    }
    return {.kind = Kind::word, .size = 4};
  }

  // The second word of a frame description: how far back its CIE lies.
  bool points_to_cie(std::uint32_t q, std::uint32_t w, const Segment& segment) {
    const std::uint32_t before = q - segment.offset;
    if (w <= 12 || w >= 0x20'0000 || w % 4 != 0 || w > before || before < 4) return false;
    const std::uint32_t length = word(q - 4);
    if (length < 8 || length >= 0x1000 || length % 4 != 0) return false;
    const std::uint32_t cie = q - w;
    const std::uint32_t cie_length = word(cie);
    if (cie_length < 8 || cie_length >= 64 || word(cie + 4) != 0) return false;
    const std::uint32_t version = base_.bytes(cie + 8, 1);
    return version == 1 || version == 3;
  }

  // ---- Xtensa ----

  static std::uint32_t xtensa_size(std::uint32_t first_byte) {
    const std::uint32_t op0 = first_byte & 15u;
    if (op0 == 15) return 4;
    return op0 >= 8 && op0 < 14 ? 2 : 3;
  }

  Unit xtensa(std::uint32_t q, std::uint32_t a, std::uint32_t lim, const Segment& segment) {
    if (is_pointer(q, a, lim)) return word_with(Kind::ptr, word(q), word(q));
    const std::uint32_t size = xtensa_size(base_.bytes(q, 1));
    if (lim - q < size) return raw(lim - q, ByteClass::xtensa);
    const std::uint32_t ahead = 4 - a % 4;  // the next multiple of 4
    if (ahead < size && segment.end() - q >= ahead + 4 && starts_anew(q + ahead)) {
      return raw(ahead, ByteClass::xtensa);
    }
    const std::uint32_t w = base_.bytes(q, size);
    if (size == 2) return plain(Kind::g2, ByteClass::xtensa, 2, w);
    if (size == 4) return plain(Kind::g4, ByteClass::xtensa, 4, w);
    return three_bytes(w, a);
  }

  bool starts_anew(std::uint32_t q) {  // ENTRY, or a literal
    const std::uint32_t w = word(q);
    return (w & 0xFF) == 0x36 ? (w >> 8 & 15u) == 1 || facts_.chip.is_address(w)
                              : facts_.chip.is_address(w);
  }

  Unit three_bytes(std::uint32_t w, std::uint32_t a) {
    const std::uint32_t op0 = w & 15u, n = w >> 4 & 3u, m = w >> 6 & 3u;
    Unit unit = plain(Kind::g3, ByteClass::xtensa, 3, w);
    if (op0 == 5) {
      unit.kind = Kind::call;
      unit.field = Field::call;
      unit.target = (a & ~3u) + 4 + 4 * static_cast<std::uint32_t>(sign_extend(w >> 6, 18));
      unit.in_base = facts_.base.at_address(unit.target) != nullptr;
    } else if (op0 == 1) {
      unit.kind = Kind::l32r;
      unit.field = Field::l32r;
      unit.target = ((a + 3) & ~3u) + 4 * (w >> 8) - 0x4'0000;
    } else if (op0 == 7 || (op0 == 6 && (n < 3 || m != 0))) {
      unit.kind = Kind::br;
      unit.local = true;
      unit.field = Field::br8;
      if (op0 == 6 && n < 2) unit.field = n == 0 ? Field::j : Field::bz;
      const std::uint32_t distance = get_field(unit.field, w);
      const bool loop = op0 == 6 && (w >> 4 & 15u) == 7 && (w >> 12 & 15u) >= 8;
      unit.target =
          a + 4 +
          (loop ? distance
                : static_cast<std::uint32_t>(sign_extend(distance, field_width(unit.field))));
    }
    return unit;
  }

  // ---- RISC-V ----

  Unit riscv(std::uint32_t q, std::uint32_t a, std::uint32_t lim, const Segment& segment) {
    if (segment.kind == SegmentKind::mixed && is_pointer(q, a, lim)) {
      return word_with(Kind::ptr, word(q), word(q));
    }
    if (lim - q < 2) return raw(1, ByteClass::riscv);
    const std::uint32_t half = base_.bytes(q, 2);
    if ((half & 3u) != 3) return compressed(half, a);
    if (lim - q < 4) return raw(2, ByteClass::riscv);
    const std::uint32_t w = word(q);
    switch (w & 127u) {
      case 0x6F:
        return jal(w, a);
      case 0x63: {
        Unit unit = plain(Kind::br, ByteClass::riscv, 4, w);
        unit.local = true;
        unit.field = Field::branch;
        unit.target = a + static_cast<std::uint32_t>(sign_extend(get_field(unit.field, w), 13));
        return unit;
      }
      case 0x17:
      case 0x37:
        return upper(w, q, a, segment);
      default:
        return is_low_user(w) ? low_user(w, q) : other(w);
    }
  }

  Unit compressed(std::uint32_t w, std::uint32_t a) {
    const std::uint32_t op = w & 3u, f3 = w >> 13;
    const bool writes_rd = (op == 1 && (f3 == 0 || f3 == 2 || f3 == 3)) ||
                           (op == 2 && (f3 == 0 || f3 == 2 || (f3 == 4 && (w >> 2 & 31u) != 0)));
    if (writes_rd) registers_[rd_of(w)].valid = false;
    if (op == 0 && f3 == 2) registers_[8 + (w >> 2 & 7u)].valid = false;
    Unit unit = plain(Kind::g2, ByteClass::riscv, 2, w);
    const bool jump = op == 1 && (f3 == 1 || f3 == 5), branch = op == 1 && f3 >= 6;
    if (jump || branch) {
      unit.kind = Kind::br;
      unit.local = true;
      unit.field = jump ? Field::c_j : Field::c_branch;
      unit.target = a + static_cast<std::uint32_t>(
                            sign_extend(get_field(unit.field, w), field_width(unit.field)));
    }
    return unit;
  }

  Unit jal(std::uint32_t w, std::uint32_t a) {
    Unit unit = plain(Kind::jal, ByteClass::riscv, 4, w);
    unit.field = Field::jal;
    unit.target = a + static_cast<std::uint32_t>(sign_extend(get_field(unit.field, w), 21));
    unit.local = rd_of(w) == 0;
    unit.in_base = facts_.base.at_address(unit.target) != nullptr;
    return unit;
  }

  // LUI, AUIPC: the instruction that adds the low part tells which address is meant.
  Unit upper(std::uint32_t w, std::uint32_t q, std::uint32_t a, const Segment& segment) {
    constexpr std::uint32_t kLookAhead = 128;
    Unit unit = plain(Kind::hi, ByteClass::riscv, 4, w);
    unit.field = Field::upper;
    unit.reg = static_cast<std::uint8_t>(rd_of(w));
    const std::uint32_t high = (w & 0xFFFF'F000) + ((w & 127u) == 0x17 ? a : 0);
    for (std::uint32_t x = q + 4; x - q - 4 < kLookAhead && segment.end() - q >= x - q + 4;) {
      const std::uint32_t next = word(x);
      if ((next & 3u) != 3) {
        x += 2;
        continue;
      }
      if (is_low_user(next) && rs_of(next) == unit.reg) {
        unit.target = high + low_part(next);
        unit.in_base = facts_.chip.is_target(unit.target);
        return unit;
      }
      const std::uint32_t op = next & 127u;
      const bool writes = op != 0x63 && !stores(next);
      if (op == 0x6F || (writes && rd_of(next) == unit.reg)) return unit;
      x += 4;
    }
    return unit;
  }

  Unit low_user(std::uint32_t w, std::uint32_t q) {
    Unit unit = plain(Kind::g4, ByteClass::riscv, 4, w);
    const std::uint32_t rs = rs_of(w);
    const Register base = registers_[rs];
    if (!stores(w)) registers_[rd_of(w)].valid = false;
    const bool saved = rs == 8 || rs == 9 || (rs >= 18 && rs <= 27);  // lives over calls
    const bool global = rs == 3 && (w & 127u) != 0x67 && facts_.gp_old != 0;
    const bool held = base.valid && q - base.loaded_at <= (saved ? 2048u : 64u);
    if (!global && !held) return unit;
    const std::uint32_t target = (global ? facts_.gp_old : base.old_high) + low_part(w);
    if (!facts_.chip.is_target(target)) return unit;
    unit.kind = global ? Kind::gp : Kind::lo;
    unit.field = low_field(w);
    unit.target = target;
    unit.base_new = global ? facts_.gp_new : base.new_high;
    return unit;
  }

  Unit other(std::uint32_t w) {
    registers_[rd_of(w)].valid = false;
    return plain(Kind::g4, ByteClass::riscv, 4, w);
  }

  Base& base_;
  const Facts& facts_;
  std::array<Register, 32> registers_{};
  std::uint32_t fde_mark_ = 0;
  bool has_fde_mark_ = false;
};

}  // namespace updraft::delta
