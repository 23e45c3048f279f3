// The ESP application image: offsets, fields and limits, from bytes to values (spec/esp32.md
// section 1). Nothing here does I/O or keeps state; ImageVerifier walks a whole image with it.
//
//   0x00  image header, 24 bytes          0x18  segment 0 header, 8 bytes
//   0x20  app descriptor, 256 bytes       ...   segments, padding, checksum byte, SHA-256
#pragma once
#include <array>
#include <cstdint>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

#include "engine/format/revision.hpp"

namespace updraft::format {

inline constexpr std::uint8_t kImageMagic = 0xE9;
inline constexpr std::size_t kImageHeaderBytes = 24;
inline constexpr std::size_t kSegmentHeaderBytes = 8;
inline constexpr std::size_t kAppDescriptorOffset = 0x20;
inline constexpr std::size_t kAppDescriptorBytes = 256;
inline constexpr std::uint32_t kAppDescriptorMagic = 0xABCD5432;
inline constexpr std::uint8_t kChecksumSeed = 0xEF;
inline constexpr std::size_t kHashBytes = 32;
inline constexpr std::uint32_t kDefaultMmuPage = 64 * 1024;
inline constexpr std::uint32_t kSignatureSectorBytes = 4096;

// Limits (security.md section 6).
inline constexpr std::uint8_t kMaxSegments = 16;             // at least 1
inline constexpr std::uint32_t kMaxSegmentBytes = 0xFFFFFC;  // multiple of 4, below 16 MiB
inline constexpr std::size_t kImageHeadBytes = 288;          // enough to judge an image

struct ImageHeader {
  std::uint8_t segment_count;
  std::uint8_t spi_mode;
  std::uint8_t speed_size;  // speed in the low nibble, flash size in the high one
  std::uint32_t entry_addr;
  std::uint16_t chip_id;
  RevisionRange chip_revisions;
  bool hash_appended;
};

struct SegmentHeader {
  std::uint32_t load_addr;
  std::uint32_t data_len;
};

struct AppDescriptor {
  std::uint32_t secure_version;
  Text<32> version;
  Text<32> project_name;
  Text<16> time;
  Text<16> date;
  Text<32> idf_ver;
  RevisionRange block_revisions;
  std::uint8_t mmu_page_size;  // log2; 0: legacy image, 64 KiB
};

// What a walk over an image found. Meaningful as far as the walk came.
struct ImageInfo {
  ImageHeader header{};
  bool has_descriptor = false;  // magic at 0x20 was right; else `app` is empty
  AppDescriptor app{};
  std::uint32_t length = 0;  // bytes from header through hash; 0: not yet known
  bool complete = false;     // all of `length` seen, checksum and hash right
  // The image's own SHA-256: the appended one, or computed over [0, length) if there is none.
  std::array<std::byte, kHashBytes> digest{};
};

// `bytes` holds at least kImageHeaderBytes. Error: not_an_image.
Result<ImageHeader> parse_image_header(Bytes bytes);

// `bytes` holds at least kSegmentHeaderBytes. No judgement: ImageVerifier applies the limits.
SegmentHeader parse_segment_header(Bytes bytes);

// `bytes` holds kAppDescriptorBytes. Error: malformed if the magic is not there.
Result<AppDescriptor> parse_app_descriptor(Bytes bytes);

// Where the checksum byte's block ends, for `unpadded` = 24 + sum(8 + data_len): a multiple of 16.
constexpr std::uint64_t checksum_end(std::uint64_t unpadded) { return align_up(unpadded + 1, 16); }

}  // namespace updraft::format
