// The binary partition table: which parts of the flash are what (spec/esp32.md section 2.1).
//
//   entry, 32 bytes:  +0 AA 50   +2 type   +3 subtype   +4 offset u32   +8 size u32
//                     +12 label[16], NUL padded          +28 flags u32
//   after the last:   EB EB, 14 x FF, MD5 of all bytes before   (optional)
//   end marker:       32 x FF
//
// Parsing accepts what the device accepts and no more. It does not look for overlaps, alignment or
// repeated names, because the device does not; the CSV parser does.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

#include "engine/format/partition_types.hpp"

namespace updraft::format {

inline constexpr std::uint16_t kPartitionMagic = 0x50AA;
inline constexpr std::uint16_t kPartitionMd5Magic = 0xEBEB;
inline constexpr std::size_t kPartitionEntryBytes = 32;
inline constexpr std::size_t kPartitionLabelBytes = 16;
inline constexpr std::size_t kPartitionTableBytes = 0xC00;      // 96 entries, markers included
inline constexpr std::uint32_t kPartitionTableSector = 0x1000;  // what it occupies in flash
inline constexpr std::uint32_t kPartitionTableOffset = 0x8000;  // where, unless configured
inline constexpr std::uint32_t kPartitionEncrypted = 1u << 0;
inline constexpr std::uint32_t kPartitionReadonly = 1u << 1;

// Limit (security.md section 6): an end marker must fit as well, and 94 if there is an MD5.
inline constexpr std::size_t kMaxPartitionEntries = 95;

struct Partition {
  PartitionType type = PartitionType::app;
  std::uint8_t subtype = 0;
  std::uint32_t offset = 0;  // in flash
  std::uint32_t size = 0;    // bytes
  Text<kPartitionLabelBytes> label;
  std::uint32_t flags = 0;  // unknown bits are kept

  bool encrypted() const { return (flags & kPartitionEncrypted) != 0; }
  bool readonly() const { return (flags & kPartitionReadonly) != 0; }
  friend bool operator==(const Partition&, const Partition&) = default;
};

// Partitions in the order of the table. About 4 KB; no heap.
class PartitionTable {
 public:
  // Error: malformed when kMaxPartitionEntries are there already.
  Result<> add(const Partition& partition);

  std::span<const Partition> entries() const { return {entries_.data(), size_}; }
  // The first that fits, as the application looks them up; nullptr: none.
  const Partition* find(PartitionType type, std::uint8_t subtype) const;
  const Partition* find(std::string_view label) const;
  const Partition* ota_slot(std::uint32_t index) const;  // ota_<index>

  // OTA slots as the bootloader counts them (all app entries of subtype ota_*) and as the
  // application does (ota_0, ota_1, ... up to the first gap). If the two differ, the device
  // boots the wrong slot or none.
  std::uint32_t bootloader_ota_slots() const;
  std::uint32_t application_ota_slots() const;

 private:
  std::array<Partition, kMaxPartitionEntries> entries_{};
  std::size_t size_ = 0;
};

struct ParsedPartitionTable {
  PartitionTable table;
  bool has_md5 = false;
};

// Parses the table that `bytes` begin with; reads at most kPartitionTableBytes of them. Partitions
// must lie inside `flash_size` bytes; 0: only 32 bits bound them.
// Error: malformed, with found and expected
//   partition outside the flash    its end              flash_size
//   MD5 wrong                      its first 4 bytes    those of the right MD5
//   two MD5 entries                2                    1
//   no entry, no marker            the 16-bit magic     kPartitionMagic
//   no end marker                  bytes looked at      kPartitionTableBytes
Result<ParsedPartitionTable> parse_partition_table(Bytes bytes, std::uint32_t flash_size = 0);

// True if a sound table for a flash of this size stands at `offset` of a flash dump.
bool is_partition_table(Bytes flash, std::uint64_t offset = kPartitionTableOffset);

// Writes the table as gen_esp32part.py does: entries, MD5 unless refused, FF to the end.
// Error: malformed when there are too many entries (found) for the place (expected).
Result<> write_partition_table(std::span<const Partition> partitions,
                               std::span<std::byte, kPartitionTableBytes> out, bool md5 = true);

}  // namespace updraft::format
