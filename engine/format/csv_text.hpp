// Lines, fields and numbers of the CSV dialect (spec/esp32.md section 2.3).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace updraft::format::csv {

inline constexpr std::size_t kFields = 6;
using Fields = std::array<std::string_view, kFields>;

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
}

// Without the blanks at both ends.
std::string_view trim(std::string_view text);

// Takes the first line off `text`; LF, CR LF and CR end it. Call while text is not empty.
std::string_view take_line(std::string_view& text);

// Takes everything before the first `separator` off `text`, and the separator; all, if none.
std::string_view take_until(std::string_view& text, char separator);

// name, type, subtype, offset, size, flags; missing ones are empty, more are ignored.
Fields split(std::string_view line);

// Largest magnitude of a number: 4 GiB, so that -4G can name the end of 32-bit flash.
inline constexpr std::int64_t kMaxNumber = std::int64_t{1} << 32;

// Decimal, 0x, 0o or 0b as in Python, single `_` between digits, a sign, and K or M at the end.
// nullopt: not a number or beyond kMaxNumber.
std::optional<std::int64_t> parse_number(std::string_view text);

}  // namespace updraft::format::csv
