#include "sim/raw_image.hpp"

#include <algorithm>

#include "sim/demo_image.hpp"

namespace updraft::sim {
namespace {

using Buffer = std::vector<std::byte>;

// Where a bootloader of each chip is linked to: its data, its code, and the loader itself.
struct Places {
  std::uint16_t chip;
  std::uint32_t data, code, loader;
};
constexpr Places kPlaces[] = {
    {0x0000, 0x3FFF0030, 0x40080400, 0x40078000}, {0x0002, 0x3FFE5010, 0x4004A000, 0x4004E000},
    {0x0005, 0x3FCD5710, 0x403CBF10, 0x403CE710}, {0x0009, 0x3FCE2810, 0x403C8700, 0x403CB700},
    {0x000C, 0x3FCD5B70, 0x403AC370, 0x403AEB70}, {0x000D, 0x40875610, 0x4086B910, 0x4086E610},
    {0x0010, 0x40845FD0, 0x4083C2D0, 0x4083EFD0}, {0x0012, 0x4FF33BD0, 0x4FF28ED0, 0x4FF2BBD0},
    {0x0014, 0x40845670, 0x4083B970, 0x4083E670}, {0x0017, 0x408555A0, 0x4084BBA0, 0x4084E5A0},
};

const Places& places_of(const format::Chip& chip) {
  for (const Places& row : kPlaces) {
    if (row.chip == chip.id) return row;
  }
  return kPlaces[0];
}

Buffer noise(std::size_t size, std::uint32_t seed) {
  Buffer bytes(size);
  for (std::byte& b : bytes) {
    seed = seed * 1664525 + 1013904223;
    b = static_cast<std::byte>(seed >> 24);
  }
  return bytes;
}

void put(MutableBytes field, std::string_view text) {
  std::ranges::copy(as_bytes(text.substr(0, field.size() - 1)), field.begin());
}

// spec/esp32.md 1.6.
Buffer descriptor_of(const DemoBootloader& bootloader) {
  Buffer bytes(80);
  const MutableBytes field(bytes);
  bytes[0] = std::byte{80};
  store_le32(bytes, 4, bootloader.version);
  put(field.subspan(8, 32), bootloader.idf_ver);
  put(field.subspan(40, 24), bootloader.date_time);
  return bytes;
}

}  // namespace

Buffer make_raw_image(const RawImage& raw) {
  Buffer image(format::kImageHeaderBytes);
  image[0] = std::byte{format::kImageMagic};
  image[1] = static_cast<std::byte>(raw.segments.size());
  image[2] = std::byte{raw.spi_mode};
  image[3] = std::byte{raw.speed_size};
  store_le32(image, 4, raw.entry_addr);
  image[8] = std::byte{0xEE};
  store_le16(image, 12, raw.chip->id);
  store_le16(image, 15, raw.revisions.min);
  store_le16(image, 17, raw.revisions.max);
  image[23] = std::byte{raw.append_hash};
  for (const RawSegment& segment : raw.segments) {
    const std::size_t at = image.size();
    image.resize(at + format::kSegmentHeaderBytes);
    store_le32(image, at, segment.address);
    store_le32(image, at + 4, static_cast<std::uint32_t>(segment.data.size()));
    image.insert(image.end(), segment.data.begin(), segment.data.end());
  }
  const auto end = static_cast<std::size_t>(format::checksum_end(image.size()));
  image.resize(end + (raw.append_hash ? format::kHashBytes : 0));
  reseal_image(image);
  return image;
}

Buffer make_bootloader(const DemoBootloader& bootloader) {
  const Places& at = places_of(*bootloader.chip);
  Buffer data = bootloader.descriptor ? descriptor_of(bootloader) : Buffer{};
  const Buffer more = noise(2080 - data.size(), 1);
  data.insert(data.end(), more.begin(), more.end());
  std::vector<RawSegment> segments;
  if (bootloader.short_first) segments.push_back({at.data - 24, noise(4, 9)});
  segments.push_back({at.data, std::move(data)});
  segments.push_back({at.code, noise(3000, 2)});
  segments.push_back({at.loader, noise(2000, 3)});
  return make_raw_image({.chip = bootloader.chip,
                         .segments = std::move(segments),
                         .entry_addr = at.code,
                         .spi_mode = bootloader.spi_mode,
                         .speed_size = bootloader.speed_size});
}

}  // namespace updraft::sim
