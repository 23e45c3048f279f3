#include "engine/format/chip.hpp"

namespace updraft::format {
namespace {
constexpr AddressRange kP4Psram{0x48000000, 0x4C000000};
// clang-format off
constexpr Chip kChips[] = {
    // id      name        boot    DROM                      IROM                      PSRAM  mmu    efuse
    {0x0000, "esp32",    0x1000, {0x3F400000, 0x3F800000}, {0x400D0000, 0x40400000}, {}, false, 32},
    {0x0002, "esp32s2",  0x1000, {0x3F000000, 0x3FF80000}, {0x40080000, 0x40800000}, {}, false, 16},
    {0x0005, "esp32c3",  0x0,    {0x3C000000, 0x3C800000}, {0x42000000, 0x42800000}, {}, false, 16},
    {0x0009, "esp32s3",  0x0,    {0x3C000000, 0x3E000000}, {0x42000000, 0x44000000}, {}, false, 16},
    {0x000C, "esp32c2",  0x0,    {0x3C000000, 0x3C400000}, {0x42000000, 0x42400000}, {}, true,  4},
    {0x000D, "esp32c6",  0x0,    {0x42000000, 0x43000000}, {0x42000000, 0x43000000}, {}, true,  16},
    {0x0010, "esp32h2",  0x0,    {0x42000000, 0x43000000}, {0x42000000, 0x43000000}, {}, true,  16},
    {0x0012, "esp32p4",  0x2000, {0x40000000, 0x44000000}, {0x40000000, 0x44000000}, kP4Psram, false, 16},
    {0x0014, "esp32c61", 0x0,    {0x42000000, 0x44000000}, {0x42000000, 0x44000000}, {}, true,  16},
    {0x0017, "esp32c5",  0x2000, {0x42000000, 0x44000000}, {0x42000000, 0x44000000}, {}, false, 9},
};
// clang-format on
}  // namespace

std::span<const Chip> chips() { return kChips; }

const Chip* find_chip(std::uint16_t id) {
  for (const Chip& chip : kChips) {
    if (chip.id == id) return &chip;
  }
  return nullptr;
}

const Chip* find_chip(std::string_view name) {
  for (const Chip& chip : kChips) {
    if (chip.name == name) return &chip;
  }
  return nullptr;
}

std::string_view chip_name(std::uint16_t id) {
  const Chip* chip = find_chip(id);
  return chip != nullptr ? chip->name : "unknown chip";
}

}  // namespace updraft::format
