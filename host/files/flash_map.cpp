#include "host/files/flash_map.hpp"

#include <algorithm>

#include "updraft/flash.hpp"

#include "engine/format/image_verifier.hpp"

namespace updraft::files {
namespace {

using format::kPartitionTableOffset;

constexpr std::uint32_t kBootloaderOffsets[] = {0x0, 0x1000, 0x2000};

bool begins_table(Bytes file, std::uint64_t at) {
  return inside(at, format::kPartitionEntryBytes, file.size()) &&
         load_le16(file, static_cast<std::size_t>(at)) == format::kPartitionMagic;
}

bool begins_image(Bytes file, std::uint64_t at) {
  return inside(at, format::kImageHeaderBytes, file.size()) &&
         load_u8(file, static_cast<std::size_t>(at)) == format::kImageMagic;
}

Bytes from(Bytes file, std::uint64_t at) { return file.subspan(static_cast<std::size_t>(at)); }

// Apps of the table that begin in a file which begins at `base`.
std::size_t apps_that_fit(Bytes file, const format::PartitionTable& table, std::uint32_t base) {
  return static_cast<std::size_t>(std::ranges::count_if(table.entries(), [&](const auto& entry) {
    return entry.type == format::PartitionType::app && entry.offset >= base &&
           begins_image(file, entry.offset - base);
  }));
}

// A file that begins with the bootloader of a chip whose flash begins with something else.
std::uint32_t base_of(Bytes file, std::uint64_t table_at) {
  if (!begins_image(file, 0) || !is_bootloader(file)) return 0;
  const format::Chip* const chip = format::find_chip(load_le16(file, 12));
  if (chip == nullptr || chip->bootloader_offset == 0) return 0;
  const auto table = format::parse_partition_table(from(file, table_at));
  if (!table)
    return table_at + chip->bootloader_offset == kPartitionTableOffset ? chip->bootloader_offset
                                                                       : 0;
  const std::size_t shifted = apps_that_fit(file, table->table, chip->bootloader_offset);
  return shifted > apps_that_fit(file, table->table, 0) ||
                 table_at + chip->bootloader_offset == kPartitionTableOffset
             ? chip->bootloader_offset
             : 0;
}

TablePlace place_at(Bytes file, std::uint64_t at) {
  const std::uint32_t base = base_of(file, at);
  return {base, static_cast<std::uint32_t>(at) + base,
          format::parse_partition_table(from(file, at)).has_value()};
}

}  // namespace

std::optional<TablePlace> find_table(Bytes file, std::optional<std::uint32_t> offset) {
  std::vector<TablePlace> found;
  for (std::uint64_t at = format::kPartitionTableSector; at <= kLastTableOffset;
       at += format::kPartitionTableSector) {
    if (begins_table(file, at)) found.push_back(place_at(file, at));
  }
  const auto best = [&](auto fits) -> std::optional<TablePlace> {
    const auto it = std::ranges::find_if(found, fits);
    return it != found.end() ? std::optional(*it) : std::nullopt;
  };
  if (offset) return best([&](const TablePlace& p) { return p.offset == *offset; });
  const auto usual = [](const TablePlace& p) { return p.offset == kPartitionTableOffset; };
  if (const auto place = best([&](const auto& p) { return p.sound && usual(p); })) return place;
  if (const auto place = best([](const auto& p) { return p.sound; })) return place;
  if (const auto place = best(usual)) return place;
  return best([](const TablePlace&) { return true; });
}

std::vector<ImagePlace> find_bootloaders(Bytes file, std::uint32_t base) {
  std::vector<ImagePlace> found;
  for (const std::uint32_t offset : kBootloaderOffsets) {
    if (offset < base || !begins_image(file, offset - base)) continue;
    const Bytes image = from(file, offset - base);
    found.push_back({offset, format::find_chip(load_le16(image, 12))});
  }
  return found;
}

bool is_bootloader(Bytes image) {
  format::ImageVerifier verifier;
  const Result<> head = verifier.push(at_most(image, format::kImageHeadBytes));
  return !head && head.error().code == Code::not_an_app;
}

std::uint64_t end_of(const format::PartitionTable& table) {
  std::uint64_t end = 0;
  for (const format::Partition& entry : table.entries()) {
    end = std::max(end, std::uint64_t{entry.offset} + entry.size);
  }
  return end;
}

}  // namespace updraft::files
