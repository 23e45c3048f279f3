// Makes valid ESP application images for tests, demos and `updraft image make`.
//
// The defaults are the worked example of spec/esp32.md section 7.3, byte for byte. The same
// DemoImage always gives the same bytes. What a virtual device shall do when it runs the image (its
// `app`) stands in clear text after the app descriptor: "updraft-demo app=crash".
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/bytes.hpp"

#include "engine/format/chip.hpp"
#include "engine/format/image.hpp"

namespace updraft::sim {

// Where the marker stands in an image; a device needs to read no further than kDemoHeadBytes.
inline constexpr std::size_t kDemoMarkerOffset =
    format::kAppDescriptorOffset + format::kAppDescriptorBytes;
inline constexpr std::size_t kDemoMarkerBytes = 32;
inline constexpr std::size_t kDemoHeadBytes = kDemoMarkerOffset + kDemoMarkerBytes;

// The bytes 00 01 02 ... 1f, which stand for the SHA-256 of an ELF file.
std::array<std::byte, 32> counting_elf_hash();

struct DemoImage {
  const format::Chip* chip = format::find_chip("esp32c3");
  std::string version = "1.2.3";  // texts are cut to their fields, with a NUL at the end
  std::string project = "demo";
  std::string time = "12:34:56";
  std::string date = "Jan  2 2026";
  std::string idf_ver = "v5.5";
  std::uint32_t secure_version = 0;

  std::size_t size = 0;    // of the whole image, rounded down to 16; 0: the smallest; at most
                           // kMaxDemoBytes
  std::string app;         // "healthy", "crash", "never-confirm"; empty: no marker
  std::uint32_t seed = 0;  // of the pseudo-random content of a larger image
  bool append_hash = true;

  // Header. Unset values depend on the chip: on esp32c3 as in 7.3, else any revision.
  std::optional<std::uint16_t> min_chip_rev_full;
  std::optional<std::uint16_t> max_chip_rev_full;
  std::optional<std::uint32_t> entry_addr;  // unset: the start of the chip's instruction RAM
  std::uint8_t spi_mode = 2;                // DIO
  std::uint8_t speed_size = 0x2F;           // 80 MHz, 4 MB

  // Rest of the app descriptor.
  // The default is changed by `seed` and `app`, as another ELF file would.
  std::array<std::byte, 32> elf_sha256 = counting_elf_hash();
  std::uint16_t min_efuse_blk_rev_full = 0;
  std::uint16_t max_efuse_blk_rev_full = 99;
  std::uint8_t mmu_page_size = 16;  // log2: 64 KiB
  std::uint8_t spi_flash_mode = 2;
};

inline constexpr std::size_t kMaxDemoBytes = 16 * 1024 * 1024;

std::vector<std::byte> make_image(const DemoImage& demo);

// Makes checksum and appended hash right again after a test changed `image`, which otherwise is
// still laid out as its segment headers say.
void reseal_image(MutableBytes image);

// The marker's `app`; empty if `image` (its first kDemoHeadBytes suffice) is not a demo image that
// carries one.
std::string_view demo_app(Bytes image);

}  // namespace updraft::sim
