// The partition table as text: the CSV dialect of ESP-IDF's generator 1.5
// (spec/esp32.md section 2.3), both ways.
//
//   # name, type, subtype, offset, size, flags
//   nvs,      data, nvs,     ,        0x4000
//   ota_0,    app,  ota_0,   ,        1M
//   storage,  data, 0x83,    ,        -64K,  encrypted:readonly
//
// An empty offset means after the row above; a size of -N ends the partition at flash address N.
// Rows are judged as they come, so the first wrong one is reported with its line.
//
// This parser is stricter than the generator: `$` in a row is refused, because there is no
// environment to expand it from; UTF-16 and UTF-32 are refused; so are control characters, type
// 0xFF, a table past 32 bits of flash, and two names that are equal once cut to 16 bytes.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "engine/format/partition_table.hpp"

namespace updraft::format {

// Limits (security.md section 6).
inline constexpr std::size_t kMaxCsvBytes = 16384;
inline constexpr std::size_t kMaxCsvLine = 256;  // without its line end

struct CsvOptions {
  std::uint32_t table_offset = kPartitionTableOffset;
  std::uint32_t flash_size = 0;  // partitions must fit into it; 0: 32 bits
  // Needed only by rows of type bootloader; see Chip::bootloader_offset.
  std::optional<std::uint32_t> bootloader_offset;
  std::optional<std::uint32_t> recovery_bootloader_offset;
  bool secure_boot_v1 = false;  // app sizes must be multiples of 64 KiB
};

struct CsvError {
  Error error;           // malformed; found and expected if `why` speaks of numbers
  std::uint32_t line;    // from 1; 0: the whole text
  std::string_view why;  // what is wrong: "the size is empty"
  friend bool operator==(const CsvError&, const CsvError&) = default;
};

std::expected<PartitionTable, CsvError> parse_partition_csv(std::string_view text,
                                                            const CsvOptions& options = {});

// What write_partition_csv() needs at most.
inline constexpr std::size_t kCsvTextBytes = 64 + kMaxPartitionEntries * 96;

// Writes a heading and a row per partition, all offsets explicit, into `out`, which holds
// kCsvTextBytes; returns how many it wrote. Flags that have no word are left out.
// Error: malformed when a label cannot be written in this dialect (comma, blank at an end, ...);
// found is the index of the partition.
Result<std::size_t> write_partition_csv(std::span<const Partition> partitions, std::span<char> out);

}  // namespace updraft::format
