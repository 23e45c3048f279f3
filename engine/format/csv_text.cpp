#include "engine/format/csv_text.hpp"

#include "engine/core/hex.hpp"

namespace updraft::format::csv {
namespace {

// Takes a prefix such as 0x off `text` and returns the base.
int take_base(std::string_view& text) {
  if (text.size() < 2 || text[0] != '0') return 10;
  const char letter = static_cast<char>(text[1] | 0x20);
  const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
  if (base == 10) return base;
  text.remove_prefix(2);
  if (text.starts_with('_')) text.remove_prefix(1);
  return base;
}

std::optional<std::int64_t> parse_digits(std::string_view text) {
  const bool leading_zero = text.starts_with('0');
  const int base = take_base(text);
  std::int64_t value = 0;
  bool after_digit = false;
  for (const char c : text) {
    if (c == '_' && after_digit) {
      after_digit = false;
      continue;
    }
    const int digit = hex_value(c);
    if (digit == kNoHexDigit || digit >= base) return std::nullopt;
    value = value * base + digit;
    if (value > kMaxNumber) return std::nullopt;
    after_digit = true;
  }
  if (!after_digit) return std::nullopt;
  if (base == 10 && leading_zero && value != 0) return std::nullopt;  // 010: decimal or octal?
  return value;
}

std::int64_t take_suffix(std::string_view& text) {
  if (text.empty()) return 1;
  const char letter = static_cast<char>(text.back() | 0x20);
  const std::int64_t unit = letter == 'k' ? 1024 : letter == 'm' ? 1024 * 1024 : 1;
  if (unit != 1) text = trim(text.substr(0, text.size() - 1));
  return unit;
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end);
  if (text.starts_with("\r\n")) {
    text.remove_prefix(2);
  } else if (!text.empty()) {
    text.remove_prefix(1);
  }
  return line;
}

std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

Fields split(std::string_view line) {
  Fields fields;
  for (std::string_view& field : fields) field = trim(take_until(line, ','));
  return fields;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  const std::int64_t unit = take_suffix(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::optional<std::int64_t> value = parse_digits(text);
  if (!value || *value > kMaxNumber / unit) return std::nullopt;
  return (negative ? -1 : 1) * *value * unit;
}

}  // namespace updraft::format::csv
