// Images of any shape, for tests of what is no ordinary app: segments as they are given, and
// second-stage bootloaders as ESP-IDF's tools lay them out.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

#include "engine/format/chip.hpp"
#include "engine/format/image.hpp"

namespace updraft::sim {

struct RawSegment {
  std::uint32_t address = 0;
  std::vector<std::byte> data;  // a multiple of 4 bytes
};

struct RawImage {
  const format::Chip* chip = format::find_chip("esp32c3");
  std::vector<RawSegment> segments;
  format::RevisionRange revisions{0, 65535};
  std::uint32_t entry_addr = 0;
  std::uint8_t spi_mode = 2;       // DIO
  std::uint8_t speed_size = 0x2F;  // 80 MHz, 4 MB
  bool append_hash = true;
};

// Checksum and hash are right.
std::vector<std::byte> make_raw_image(const RawImage& image);

struct DemoBootloader {
  const format::Chip* chip = format::find_chip("esp32c3");
  bool descriptor = true;  // ESP-IDF 5.2 and later
  std::string idf_ver = "v5.5";
  std::string date_time = "Jan  2 2026 12:34:56";
  std::uint32_t version = 1;
  bool short_first = false;        // 4 bytes in the first segment: ESP-IDF before 4.0, on esp32
  std::uint8_t speed_size = 0x2F;  // 80 MHz, 4 MB
  std::uint8_t spi_mode = 2;       // DIO
};

std::vector<std::byte> make_bootloader(const DemoBootloader& bootloader);

}  // namespace updraft::sim
