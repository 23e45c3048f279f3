// What is known about base and target before the first operation: the head of a patch, decoded
// (spec/delta.md section 4).
#pragma once
#include <array>

#include "engine/delta/base_reader.hpp"
#include "engine/delta/layout.hpp"

namespace updraft::delta {

struct AddressPair {  // of one thing in the base and in the target; 0: there is none
  std::uint32_t old_address = 0, new_address = 0;
};

struct Facts {
  bool plain = false;  // not ESP images: one data segment each, without addresses
  bool call0 = false;  // Xtensa functions begin anywhere, not with ENTRY
  ChipRanges chip;
  std::uint32_t base_size = 0;
  Layout base, target;
  std::array<std::byte, format::kImageHeaderBytes> header{};  // of the target
  AddressPair global_pointer;                                 // of RISC-V
  AddressPair frame_header;                                   // .eh_frame_hdr
  std::uint32_t frame_table_entries = 0;  // of the table that it begins, in the base
};

// The segments of a base image of `size` bytes. False: it is no image, or of a chip that is not in
// the table.
template <BaseReader Base>
bool parse_base(Base& base, std::uint32_t size, Facts& facts) {
  facts.base.clear();
  facts.base_size = size;
  if (size < format::kImageHeaderBytes || base.base_bytes(0, 1) != format::kImageMagic)
    return false;
  facts.chip = ranges_of(static_cast<std::uint16_t>(base.base_bytes(12, 2)));
  const std::uint32_t count = base.base_bytes(1, 1);
  if (facts.chip.isa == Isa::none || count == 0 || count > format::kMaxSegments) return false;
  std::uint32_t at = format::kImageHeaderBytes;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (size - at < format::kSegmentHeaderBytes) return false;
    const std::uint32_t address = base.base_bytes(at, 4), length = base.base_bytes(at + 4, 4);
    if (!facts.base.add(address, length, facts.chip.kind_of(address, i), size)) return false;
    at = facts.base.segments()[i].end();
  }
  return true;
}

// Entries of the table after .eh_frame_hdr at that address; 0 if it lies outside the base.
template <BaseReader Base>
std::uint32_t table_entries(Base& base, const Layout& layout, std::uint32_t address) {
  const Segment* in = layout.at_address(address + 8);
  if (in == nullptr) return 0;
  const std::uint32_t at = address + 8 - in->address;
  return in->size - at >= 4 ? base.base_bytes(in->offset + at, 4) : 0;
}

}  // namespace updraft::delta
