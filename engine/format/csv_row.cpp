#include "engine/format/csv_row.hpp"

#include "engine/format/csv_text.hpp"

namespace updraft::format::csv {
namespace {

Csv<PartitionType> parse_type(std::string_view field) {
  if (field.empty()) return refuse("the type is empty");
  if (const auto type = find_type(field)) return *type;
  const auto number = parse_number(field);
  if (!number) return refuse("the type is neither a number nor a known word");
  if (*number < 0 || *number > 0xFE) return refuse("the type is not within 0 to 0xFE");
  return static_cast<PartitionType>(*number);
}

Csv<std::uint8_t> parse_subtype(PartitionType type, std::string_view field) {
  if (field.empty()) {
    if (type == PartitionType::app) return refuse("an app needs a subtype");
    return kDataUndefined;
  }
  if (const auto subtype = find_subtype(type, field)) return *subtype;
  const auto number = parse_number(field);
  if (!number) return refuse("the subtype is neither a number nor a word of this type");
  if (*number < 0 || *number > 0xFF) return refuse("the subtype is not within 0 to 0xFF");
  return static_cast<std::uint8_t>(*number);
}

Csv<std::optional<std::int64_t>> parse_offset(const Row& row, std::string_view field,
                                              const CsvOptions& options) {
  if (row.type == PartitionType::partition_table && row.is_primary()) return options.table_offset;
  if (row.type == PartitionType::bootloader && row.is_primary()) return options.bootloader_offset;
  if (row.type == PartitionType::bootloader && row.subtype == kBootloaderRecovery) {
    if (options.recovery_bootloader_offset) return options.recovery_bootloader_offset;
    return refuse("the recovery bootloader's offset must be given");
  }
  if (field.empty()) return std::nullopt;
  const auto number = parse_number(field);
  if (!number || *number < 0) return refuse("the offset is not a number");
  return number;
}

Csv<std::int64_t> parse_size(PartitionType type, std::string_view field,
                             const CsvOptions& options) {
  if (type == PartitionType::partition_table) return kPartitionTableSector;
  if (type == PartitionType::bootloader) {
    if (!options.bootloader_offset) return refuse("the bootloader's offset must be given");
    if (*options.bootloader_offset >= options.table_offset) {
      return refuse("the bootloader must lie before the table", *options.bootloader_offset,
                    options.table_offset);
    }
    return options.table_offset - *options.bootloader_offset;
  }
  if (field.empty()) return refuse("the size is empty");
  const auto number = parse_number(field);
  if (!number) return refuse("the size is not a number");
  return *number;
}

Csv<std::uint32_t> parse_flags(std::string_view field) {
  std::uint32_t flags = 0;
  while (!field.empty()) {
    const std::string_view word = take_until(field, ':');
    if (word == "encrypted") {
      flags |= kPartitionEncrypted;
    } else if (word == "readonly") {
      flags |= kPartitionReadonly;
    } else if (!word.empty()) {
      return refuse("the flags are not encrypted, readonly, or both joined by ':'");
    }
  }
  return flags;
}

}  // namespace

Csv<Row> parse_row(std::string_view line, const CsvOptions& options) {
  if (line.find('$') != line.npos) return refuse("variables such as $NAME are not expanded");
  const Fields fields = split(line);
  Row row{.name = fields[0]};
  UPDRAFT_CSV_SET(row.type, parse_type(fields[1]));
  UPDRAFT_CSV_SET(row.subtype, parse_subtype(row.type, fields[2]));
  UPDRAFT_CSV_SET(row.size, parse_size(row.type, fields[4], options));
  UPDRAFT_CSV_SET(row.offset, parse_offset(row, fields[3], options));
  UPDRAFT_CSV_SET(row.flags, parse_flags(fields[5]));
  return row;
}

}  // namespace updraft::format::csv
