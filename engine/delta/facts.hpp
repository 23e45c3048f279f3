// What is known about base and target before the first operation: the head of a patch, decoded
// (spec/delta.md section 4).
#pragma once
#include <array>

#include "engine/delta/layout.hpp"

namespace updraft::delta {

struct Facts {
  bool plain = false;  // not ESP images: one data segment each, without addresses
  ChipRanges chip;
  Layout base, target;
  std::array<std::byte, format::kImageHeaderBytes> header{};  // of the target
  std::uint32_t gp_old = 0, gp_new = 0;                       // global pointer; 0: not known
  std::uint32_t eh_old = 0, eh_new = 0;                       // .eh_frame_hdr; 0: there is none
  std::uint32_t eh_count = 0;                                 // entries of its table in the base
};

// The segments of a base image of `size` bytes; `Base` as in Scanner. False: it is no image, or of
// a chip that is not in the table.
template <class Base>
bool parse_base(Base& base, std::uint32_t size, Facts& facts) {
  facts.base.clear();
  if (size < format::kImageHeaderBytes || base.bytes(0, 1) != format::kImageMagic) return false;
  facts.chip = ranges_of(static_cast<std::uint16_t>(base.bytes(12, 2)));
  const std::uint32_t count = base.bytes(1, 1);
  if (facts.chip.isa == Isa::none || count == 0 || count > format::kMaxSegments) return false;
  std::uint32_t at = format::kImageHeaderBytes;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (size - at < format::kSegmentHeaderBytes) return false;
    const std::uint32_t address = base.bytes(at, 4), length = base.bytes(at + 4, 4);
    if (!facts.base.add(address, length, facts.chip.kind_of(address, i), size)) return false;
    at = facts.base.segments()[i].end();
  }
  return true;
}

// Entries of the table behind .eh_frame_hdr at that address; 0 where it lies outside the base.
template <class Base>
std::uint32_t table_entries(Base& base, const Layout& layout, std::uint32_t address) {
  const Segment* in = layout.at_address(address + 8);
  if (in == nullptr) return 0;
  const std::uint32_t at = address + 8 - in->address;
  return in->size - at >= 4 ? base.bytes(in->offset + at, 4) : 0;
}

}  // namespace updraft::delta
