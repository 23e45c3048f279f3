// Cuts the base into units (spec/delta.md section 8): what stands at an offset, how long it is,
// and which address it holds. It looks at base bytes only, so that encoder and decoder see the
// same.
#pragma once
#include "engine/delta/data_scanner.hpp"
#include "engine/delta/riscv_scanner.hpp"
#include "engine/delta/xtensa_scanner.hpp"

namespace updraft::delta {

template <BaseReader Base>
class Scanner {
 public:
  Scanner(Base& base, const Facts& facts)
      : facts_(facts), data_(base, facts), xtensa_(base, facts), riscv_(base, facts) {}

  void start_chunk() { riscv_.start_chunk(); }
  void start_operation() {
    data_.start_operation();
    xtensa_.start_operation();
  }

  // The unit at base offset `at` in `segment`, not reaching beyond `limit`.
  Unit scan(std::uint32_t at, std::uint32_t limit, const Segment& segment) {
    Unit unit = scan_at({at, segment.address_of(at), limit, segment});
    unit.predicted = unit.old_bytes;
    return unit;
  }

  RiscvScanner<Base>& registers() { return riscv_; }

 private:
  Unit scan_at(const ScanPlace& place) {
    if (place.segment.kind == SegmentKind::data) return data_.scan(place);
    return facts_.chip.isa == Isa::xtensa ? xtensa_.scan(place) : riscv_.scan(place);
  }

  const Facts& facts_;
  DataScanner<Base> data_;
  XtensaScanner<Base> xtensa_;
  RiscvScanner<Base> riscv_;
};

}  // namespace updraft::delta
