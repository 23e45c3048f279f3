#include "engine/format/partition_csv.hpp"

#include "updraft/flash.hpp"

#include "engine/format/csv_row.hpp"
#include "engine/format/csv_text.hpp"
#include "engine/format/otadata.hpp"

namespace updraft::format {
namespace {

constexpr std::uint64_t kAppAlignment = 64 * 1024;
constexpr std::uint64_t kAlignment = 4 * 1024;
constexpr std::uint32_t kWritableNvs = 0x3000;  // a smaller one cannot be written to

using csv::Csv;
using csv::refuse;
using csv::Row;

// Offset and size of a row, `end` being where the one above ended.
Csv<Partition> place(const Row& row, std::uint64_t& end, const CsvOptions& options) {
  const std::uint64_t alignment = row.is_app() ? kAppAlignment : kAlignment;
  const std::uint64_t offset =
      row.offset ? static_cast<std::uint64_t>(*row.offset) : align_up(end, alignment);
  if (!row.is_primary() && offset < end) {
    return refuse("the offset lies before the end of what is above", offset, end);
  }
  if (offset % alignment != 0) return refuse("the offset is not aligned", offset, alignment);
  const bool by_end = row.size < 0;
  const auto written = static_cast<std::uint64_t>(by_end ? -row.size : row.size);
  if (by_end && written < offset) {
    return refuse("the partition ends before it begins", written, offset);
  }
  const std::uint64_t length = by_end ? written - offset : written;
  const std::uint64_t flash = options.flash_size != 0 ? options.flash_size : csv::kMaxNumber;
  if (!inside(offset, length, flash)) {
    return refuse("the partition does not fit into the flash", offset + length, flash);
  }
  if (!row.is_primary()) end = offset + length;
  return Partition{.type = row.type,
                   .subtype = row.subtype,
                   .offset = static_cast<std::uint32_t>(offset),
                   .size = static_cast<std::uint32_t>(length),
                   .label = Text<kPartitionLabelBytes>(row.name),
                   .flags = row.flags};
}

bool is_data(const Partition& p, std::uint8_t subtype) {
  return p.type == PartitionType::data && p.subtype == subtype;
}

// What the subtype asks of a partition.
Csv<> judge_kind(const Partition& p, const CsvOptions& options) {
  const std::uint64_t unit = options.secure_boot_v1 ? kAppAlignment : kAlignment;
  if (p.type == PartitionType::app && p.size % unit != 0) {
    return refuse("the size of an app is not aligned", p.size, unit);
  }
  const bool boot_choice = is_data(p, kDataOta) || is_data(p, kDataTeeOta);
  if (boot_choice && p.size != kOtaDataBytes) {
    return refuse("an ota data partition has 0x2000 bytes", p.size, kOtaDataBytes);
  }
  const bool always_written = is_data(p, kDataOta) || is_data(p, kDataCoredump);
  if (always_written && p.readonly()) {
    return refuse("a partition of data, ota or data, coredump cannot be readonly");
  }
  if (is_data(p, kDataNvs) && p.size < kWritableNvs && !p.readonly()) {
    return refuse("an nvs this small must be readonly", p.size, kWritableNvs);
  }
  return {};
}

// What the partitions above allow.
Csv<> judge_neighbours(const Partition& p, const PartitionTable& above) {
  if (above.find(p.label.view()) != nullptr) return refuse("the name is used twice");
  const bool boot_choice = is_data(p, kDataOta) || is_data(p, kDataTeeOta);
  if (boot_choice && above.find(p.type, p.subtype) != nullptr) {
    return refuse("there is another ota data partition");
  }
  const std::uint64_t end = std::uint64_t{p.offset} + p.size;
  for (const Partition& other : above.entries()) {
    const std::uint64_t other_end = std::uint64_t{other.offset} + other.size;
    if (p.offset < other_end && other.offset < end) {
      return refuse("the partition overlaps another", p.offset, other_end);
    }
  }
  return {};
}

Csv<> judge_line(std::string_view line) {
  if (line.size() > kMaxCsvLine) return refuse("the line is too long", line.size(), kMaxCsvLine);
  for (const char c : line) {
    if (csv::is_control(c)) return refuse("the line holds a control character");
  }
  return {};
}

Csv<> add_line(std::string_view line, PartitionTable& table, std::uint64_t& end,
               const CsvOptions& options) {
  UPDRAFT_TRY(judge_line(line));
  line = csv::trim(line);
  if (line.empty() || line.starts_with('#')) return {};
  Row row;
  UPDRAFT_CSV_SET(row, csv::parse_row(line, options));
  Partition partition;
  UPDRAFT_CSV_SET(partition, place(row, end, options));
  UPDRAFT_TRY(judge_kind(partition, options));
  UPDRAFT_TRY(judge_neighbours(partition, table));
  if (!table.add(partition)) {
    return refuse("there are too many partitions", kMaxPartitionEntries + 1, kMaxPartitionEntries);
  }
  return {};
}

Csv<> judge_text(std::string_view text) {
  if (text.size() > kMaxCsvBytes) return refuse("the text is too long", text.size(), kMaxCsvBytes);
  using namespace std::string_view_literals;
  for (const std::string_view mark : {"\xFF\xFE"sv, "\xFE\xFF"sv, "\0\0\xFE\xFF"sv}) {
    if (text.starts_with(mark)) return refuse("the text is UTF-16 or UTF-32; save it as UTF-8");
  }
  return {};
}

}  // namespace

std::expected<PartitionTable, CsvError> parse_partition_csv(std::string_view text,
                                                            const CsvOptions& options) {
  if (const Csv<> judged = judge_text(text); !judged) return std::unexpected(judged.error());
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  PartitionTable table;
  std::uint64_t end = std::uint64_t{options.table_offset} + kPartitionTableSector;
  for (std::uint32_t line = 1; !text.empty(); ++line) {
    Csv<> added = add_line(csv::take_line(text), table, end, options);
    if (added) continue;
    added.error().line = line;
    return std::unexpected(added.error());
  }
  return table;
}

}  // namespace updraft::format
