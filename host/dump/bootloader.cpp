#include "host/dump/bootloader.hpp"

#include <algorithm>

#include "updraft/flash.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft::dump {
namespace {

constexpr std::uint8_t kDescriptorMagic = 80;
constexpr std::size_t kDescriptorBytes = 80;

std::string text(Bytes field) {
  const std::string_view all = as_text(field);
  return std::string(all.substr(0, all.find('\0')));
}

void read_descriptor(BootloaderReading& reading, Bytes image) {
  constexpr std::size_t kAt = format::kAppDescriptorOffset;
  if (image.size() < kAt + kDescriptorBytes || load_u8(image, kAt) != kDescriptorMagic) return;
  const Bytes descriptor = image.subspan(kAt, kDescriptorBytes);
  reading.version = load_le32(descriptor, 4);
  reading.idf_version = text(descriptor.subspan(8, 32));
  reading.built = text(descriptor.subspan(40, 24));
}

// Where the segments end; 0: not in these bytes.
std::size_t end_of_segments(Bytes image, const format::ImageHeader& header,
                            std::uint8_t& checksum) {
  std::uint64_t at = format::kImageHeaderBytes;
  if (header.segment_count == 0 || header.segment_count > format::kMaxSegments) return 0;
  for (std::uint8_t i = 0; i < header.segment_count; ++i) {
    if (!inside(at, format::kSegmentHeaderBytes, image.size())) return 0;
    const auto segment = format::parse_segment_header(image.subspan(static_cast<std::size_t>(at)));
    at += format::kSegmentHeaderBytes;
    if (!inside(at, segment.data_len, image.size())) return 0;
    for (const std::byte b : image.subspan(static_cast<std::size_t>(at), segment.data_len)) {
      checksum ^= std::to_integer<std::uint8_t>(b);
    }
    at += segment.data_len;
  }
  return static_cast<std::size_t>(at);
}

}  // namespace

BootloaderReading read_bootloader(Bytes image) {
  BootloaderReading reading;
  if (image.size() < format::kImageHeaderBytes) return reading;
  const auto header = format::parse_image_header(image);
  if (!header) return reading;
  reading.header = *header;
  reading.chip = format::find_chip(header->chip_id);
  read_descriptor(reading, image);
  std::uint8_t checksum = format::kChecksumSeed;
  const std::size_t segments = end_of_segments(image, *header, checksum);
  const auto end = static_cast<std::size_t>(format::checksum_end(segments));
  if (segments == 0 || end > image.size()) return reading;
  reading.length = static_cast<std::uint32_t>(end);
  reading.checksum_right = load_u8(image, end - 1) == checksum;
  if (!header->hash_appended || end + format::kHashBytes > image.size()) return reading;
  reading.length += static_cast<std::uint32_t>(format::kHashBytes);
  reading.hash_right =
      std::ranges::equal(image.subspan(end, format::kHashBytes), crypto::sha256(image.first(end)));
  return reading;
}

std::string_view flash_mode(std::uint8_t spi_mode) {
  static constexpr std::string_view kModes[] = {"QIO",  "QOUT",      "DIO",
                                                "DOUT", "fast read", "slow read"};
  return spi_mode < std::size(kModes) ? kModes[spi_mode] : "unknown mode";
}

std::string_view flash_speed(const format::Chip* chip, std::uint8_t speed_size) {
  struct Row {
    std::string_view chip;
    std::string_view full, half, third, quarter;  // nibbles F, 0, 1, 2
  };
  static constexpr Row kRows[] = {
      {"esp32c2", "60 MHz", "30 MHz", "20 MHz", "15 MHz"},
      {"esp32h2", "48 MHz", "24 MHz", "16 MHz", "12 MHz"},
      {"esp32c6", "80 MHz", "80 or 40 MHz", "unknown speed", "20 MHz"},
      {"", "80 MHz", "40 MHz", "26 MHz", "20 MHz"},
  };
  for (const Row& row : kRows) {
    if (!row.chip.empty() && (chip == nullptr || row.chip != chip->name)) continue;
    switch (speed_size & 0x0F) {
      case 0x0F:
        return row.full;
      case 0:
        return row.half;
      case 1:
        return row.third;
      case 2:
        return row.quarter;
      default:
        return "unknown speed";
    }
  }
  return "";
}

std::uint32_t flash_bytes(std::uint8_t speed_size) {
  const unsigned size = speed_size >> 4;
  return size < 8 ? (1u << 20) << size : 0;
}

}  // namespace updraft::dump
