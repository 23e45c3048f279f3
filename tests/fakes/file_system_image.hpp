// Images of file systems as far as our format checks look: a LittleFS superblock, and content that
// differs by version in some sectors, is the same in others, and is FF in the rest.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "updraft/flash.hpp"

namespace updraft {

inline std::vector<std::byte> make_littlefs(std::uint32_t bytes, std::uint8_t version) {
  std::vector<std::byte> image(bytes, std::byte{0xFF});
  const auto fill = [&](std::uint32_t sector, std::uint32_t seed) {
    for (std::uint32_t i = 0; i < kFlashSector; ++i) {
      const std::uint32_t mixed = (seed * 2654435761u + i * 40503u) >> 7;
      image[sector * kFlashSector + i] = static_cast<std::byte>(mixed & 0xff);
    }
  };
  const std::uint32_t sectors = bytes / kFlashSector;
  for (std::uint32_t sector = 2; sector < sectors; ++sector) {
    if (sector % 4 == 2) fill(sector, 1000 + sector);                         // the same in all
    if (sector % 4 == 3) fill(sector, 77u * version + sector);                // of this version
    if (sector % 4 == 0 && version % 2 == 1) fill(sector, version + sector);  // there or FF
  }
  for (std::uint32_t block = 0; block < 2; ++block) {
    const std::uint32_t at = block * kFlashSector;
    const MutableBytes b = MutableBytes(image).subspan(at);
    store_le32(b, 0, 1 + block);  // revision
    store_le32(b, 4, 0xF0000FFF);
    std::ranges::copy(as_bytes(std::string_view("littlefs")), b.begin() + 8);
    store_le32(b, 16, 0x2FE000E0);
    store_le32(b, 20, 0x00020001);
    store_le32(b, 24, kFlashSector);
    store_le32(b, 28, sectors);
    store_le32(b, 32, 255);
    b[40] = std::byte{version};
  }
  return image;
}

}  // namespace updraft
