// Where the second-stage bootloader may load a segment to: the chip's RAM without the bootloader's
// own code, data and stack (spec/esp32.md section 1.4, and 1.7 row 12).
#pragma once
#include "engine/format/chip.hpp"
#include "engine/format/image.hpp"

namespace updraft::format {

// Addresses below this are no memory: 0 is padding, the rest is reserved. Nothing is loaded there.
inline constexpr std::uint32_t kFirstLoadAddress = 0x10000000;

// Neither mapped from flash nor passed over: copied into RAM.
bool is_loaded(const Chip& chip, std::uint32_t address);

// `segment` is loaded. An empty one may stand anywhere. `min_revision` of the image: ESP32-P4 from
// v3.0 on has its bootloader at another place.
bool may_load(const Chip& chip, std::uint16_t min_revision, const SegmentHeader& segment);

}  // namespace updraft::format
