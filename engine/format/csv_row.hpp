// One row of the CSV dialect as it is written, before it has a place in flash
// (spec/esp32.md section 2.3).
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "engine/format/partition_csv.hpp"

namespace updraft::format::csv {

// A value, or a CsvError; made of either, as a Result is of an Error, so UPDRAFT_TRY works with it.
template <class T = void>
class [[nodiscard]] Csv : public std::expected<T, CsvError> {
 public:
  using std::expected<T, CsvError>::expected;
  constexpr Csv(const CsvError& error) : std::expected<T, CsvError>(std::unexpected(error)) {}
};

// The caller fills in the line.
inline CsvError refuse(std::string_view why, std::uint64_t found = 0, std::uint64_t expected = 0) {
  return {{Code::malformed, Where::table, found, expected}, 0, why};
}

// Leaves the function with the error of `expression`, else sets `variable`.
#define UPDRAFT_CSV_SET(variable, expression)              \
  do {                                                     \
    const auto parsed_ = (expression);                     \
    if (!parsed_) return std::unexpected(parsed_.error()); \
    variable = *parsed_;                                   \
  } while (false)

struct Row {
  std::string_view name;
  PartitionType type;
  std::uint8_t subtype;
  std::optional<std::int64_t> offset;
  std::int64_t size;  // below 0: the partition ends at flash address -size
  std::uint32_t flags;

  bool is_app() const { return type == PartitionType::app; }
  // The two rows that describe what lies before all others.
  bool is_primary() const {
    return subtype == kPrimary &&
           (type == PartitionType::bootloader || type == PartitionType::partition_table);
  }
};

// `line` is not blank and not a comment.
Csv<Row> parse_row(std::string_view line, const CsvOptions& options);

}  // namespace updraft::format::csv
