// The chips of the ESP32 family as the image format knows them (spec/esp32.md section 1.3).
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace updraft::format {

// Half-open range of CPU addresses [low, high).
struct AddressRange {
  std::uint32_t low;
  std::uint32_t high;
  constexpr bool contains(std::uint32_t address) const { return address >= low && address < high; }
};

struct Chip {
  std::uint16_t id;       // chip_id of the image header
  std::string_view name;  // as esptool spells it: "esp32c3"
  std::uint32_t bootloader_offset;
  AddressRange drom;                 // data mapped from flash; equal to irom on the newer chips
  AddressRange irom;                 // code mapped from flash
  AddressRange psram;                // where flash can be mapped in place of PSRAM; mostly nowhere
  bool any_mmu_page;                 // the app descriptor chooses the MMU page size (else 64 KiB)
  std::uint8_t secure_version_bits;  // width of the anti-rollback counter in eFuse

  constexpr bool maps(std::uint32_t address) const {
    return drom.contains(address) || irom.contains(address) || psram.contains(address);
  }
};

std::span<const Chip> chips();                 // all that we know
const Chip* find_chip(std::uint16_t id);       // nullptr: not a chip we know
const Chip* find_chip(std::string_view name);  // exact, lower case; nullptr likewise
std::string_view chip_name(std::uint16_t id);  // "unknown chip" if find_chip() has none

}  // namespace updraft::format
