// One image as the aligner sees it: where its units begin, and a copy of its bytes in which moved
// addresses do not show (spec/delta.md section 15.1).
#pragma once
#include <functional>
#include <vector>

#include "engine/delta/facts.hpp"

namespace updraft::diff {

// The segments of an image, and its global pointer and .eh_frame_hdr as far as they are found.
// False: it is no image of a chip in the table, or its end does not reproduce (section 6).
struct ParsedImage {
  bool is_image = false;
  bool reproduces = false;  // padding, checksum and digest are what they should be
  std::uint16_t chip_id = 0;
  delta::ChipRanges chip;
  delta::Layout layout;
  std::uint32_t global_pointer = 0, frame_header = 0, frame_table_entries = 0;
  bool call0 = false;  // Xtensa code whose functions do not begin with ENTRY
};
ParsedImage parse_image(Bytes image);

struct ImageModel {
  std::vector<std::byte> copy;
  std::vector<bool> unit_starts;
};

// `where`: what an address becomes in the other image; empty for the first pass, in which addresses
// are left out.
using AddressView = std::function<std::uint32_t(std::uint32_t)>;
ImageModel model_image(Bytes image, const ParsedImage& parsed, const AddressView& where);

}  // namespace updraft::diff
