// A second-stage bootloader in a file: what its header and descriptor say, and whether the chip's
// ROM would start it (spec/esp32.md sections 1.2, 1.5, 1.6).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "updraft/bytes.hpp"

#include "engine/format/chip.hpp"
#include "engine/format/image.hpp"

namespace updraft::dump {

struct BootloaderReading {
  format::ImageHeader header{};
  const format::Chip* chip = nullptr;  // nullptr: not known
  std::uint32_t length = 0;            // bytes; 0: it is cut off, or its segments make no sense
  bool checksum_right = false;
  std::optional<bool> hash_right;  // nullopt: it has none, or it is cut off
  // Of its descriptor; empty where there is none (before ESP-IDF 5.2).
  std::string idf_version, built;
  std::optional<std::uint32_t> version;
};

// `image` begins with e9.
BootloaderReading read_bootloader(Bytes image);

// How the header says that the flash is read: "DIO", "80 MHz", 4 MiB.
std::string_view flash_mode(std::uint8_t spi_mode);
std::string_view flash_speed(const format::Chip* chip, std::uint8_t speed_size);
std::uint32_t flash_bytes(std::uint8_t speed_size);  // 0: no size that there is

}  // namespace updraft::dump
