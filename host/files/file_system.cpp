#include "host/files/file_system.hpp"

#include <bit>

namespace updraft::files {
namespace {

constexpr std::size_t kSector = 4096;

// The superblock's name, in the first or second block.
bool is_littlefs(Bytes b) {
  for (const std::size_t block : {std::size_t{0}, kSector}) {
    if (b.size() >= block + 16 && as_text(b.subspan(block + 8, 8)) == "littlefs") return true;
  }
  return false;
}

// SPIFFS_MAGIC: 0x20140529 ^ page size ^ blocks from this one to the end, cut to 16 bits, in the
// last but one place of a block's lookup page. Two blocks in a row must agree.
bool is_spiffs(Bytes b) {
  for (const std::size_t page :
       {std::size_t{128}, std::size_t{256}, std::size_t{512}, std::size_t{1024}}) {
    const std::size_t lookup = kSector / page * 2;  // bytes of a block's object ids
    const std::size_t at = (lookup + page - 1) / page * page - 4;
    if (b.size() < kSector + at + 2) return false;
    const auto left = [&](std::size_t block) {
      return static_cast<std::uint16_t>(load_le16(b, block + at) ^ 0x0529u ^ page);
    };
    if (left(0) > 1 && left(0) == left(kSector) + 1u) return true;
  }
  return false;
}

// A boot sector: the jump, the mark at its end, and a sector size that there is.
bool is_boot_sector(Bytes b) {
  if (b.size() < 512 || load_le16(b, 510) != 0xAA55) return false;
  const std::uint8_t jump = load_u8(b, 0);
  const std::uint16_t sector = load_le16(b, 11);
  return (jump == 0xEB || jump == 0xE9) && std::has_single_bit(sector) && sector >= 512 &&
         sector <= 4096 && std::has_single_bit(load_u8(b, 13));
}

}  // namespace

std::optional<Kind> file_system_of(Bytes b) {
  if (is_littlefs(b)) return Kind::littlefs;
  if (is_spiffs(b)) return Kind::spiffs;
  if (is_boot_sector(b) || (b.size() > kSector && is_boot_sector(b.subspan(kSector))))
    return Kind::fat;
  return std::nullopt;
}

}  // namespace updraft::files
