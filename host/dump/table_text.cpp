#include <fmt/format.h>

#include "engine/format/csv_text.hpp"
#include "host/dump/table.hpp"
#include "host/dump/words.hpp"

namespace updraft::dump {
namespace {

using format::PartitionType;

std::string_view line_at(std::string_view text, std::uint32_t number) {
  std::string_view line;
  for (std::uint32_t i = 0; i < number && !text.empty(); ++i) line = format::csv::take_line(text);
  return line;
}

std::string type_words() {
  std::string words;
  for (unsigned type = 0; type < 4; ++type) {
    words += (words.empty() ? "" : ", ") +
             std::string(format::type_word(static_cast<PartitionType>(type)));
  }
  return words;
}

// ota_0 to ota_15 as one word.
std::string subtype_words(PartitionType type) {
  std::string words;
  for (unsigned subtype = 0; subtype < 256; ++subtype) {
    std::string word(format::subtype_word(type, static_cast<std::uint8_t>(subtype)));
    if (word == "ota_0") word = "ota_0 to ota_15";
    if (word.empty() || (word.starts_with("ota_") && word.find(' ') == word.npos)) continue;
    words += (words.empty() ? "" : ", ") + word;
  }
  return words;
}

// A text without one line, so that the others can be read.
std::string without_line(std::string_view text, std::uint32_t number) {
  std::string rest;
  for (std::uint32_t i = 1; !text.empty(); ++i) {
    const std::string_view line = format::csv::take_line(text);
    if (i != number) rest += line;
    rest += '\n';
  }
  return rest;
}

bool has_word(std::string_view text, std::string_view word) { return text.find(word) != text.npos; }

// The field that a sentence speaks of, and what could stand there.
std::string csv_field(std::string_view line, std::string_view why) {
  const format::csv::Fields fields = format::csv::split(line);
  const auto quoted = [](std::string_view field) { return ": \"" + printable(field) + "\""; };
  if (why.starts_with("the type is")) return quoted(fields[1]) + "; known are " + type_words();
  if (why.starts_with("the subtype is") || why.starts_with("an app needs a subtype")) {
    const auto type = format::find_type(fields[1]);
    return quoted(fields[2]) + (type ? "; known are " + subtype_words(*type) : "");
  }
  if (why.starts_with("the offset is not a number")) return quoted(fields[3]);
  if (why.starts_with("the size is not a number")) return quoted(fields[4]);
  if (why.starts_with("the flags")) return quoted(fields[5]);
  if (has_word(why, "name is used twice")) return quoted(fields[0]);
  return "";
}

// The two numbers that a sentence leaves out.
std::string csv_numbers(const format::CsvError& error) {
  const std::uint64_t found = error.error.found, expected = error.error.expected;
  if (found == 0 && expected == 0) return "";
  if (has_word(error.why, "before the end of what is above")) {
    return fmt::format(": it is {:#x}, and that ends at {:#x}", found, expected);
  }
  if (has_word(error.why, "overlaps")) {
    return fmt::format(": it begins at {:#x}, the other ends at {:#x}", found, expected);
  }
  if (has_word(error.why, "aligned")) {
    return fmt::format(": {:#x} is no multiple of {:#x}", found, expected);
  }
  if (has_word(error.why, "fit into the flash")) {
    return fmt::format(": it ends at {:#x}, the flash at {:#x}", found, expected);
  }
  return fmt::format(": {:#x}, where {:#x} is right", found, expected);
}

}  // namespace

TableReading read_table_text(std::string_view csv, const format::CsvOptions& options) {
  TableReading reading;
  std::string text(csv);
  while (true) {
    const auto table = format::parse_partition_csv(text, options);
    if (table) {
      reading.table = *table;
      return reading;
    }
    reading.faults.push_back(csv_fault(text, table.error()));
    if (table.error().line == 0 || reading.faults.size() == kMaxTableFaults) return reading;
    text = without_line(text, table.error().line);
  }
}

std::string csv_fault(std::string_view csv, const format::CsvError& error) {
  std::string text = error.line != 0 ? fmt::format("line {}: ", error.line) : "";
  text += error.why;
  if (const std::string field = csv_field(line_at(csv, error.line), error.why); !field.empty()) {
    return text + field;
  }
  return text + csv_numbers(error);
}

}  // namespace updraft::dump
