#include "host/desk/printable.hpp"

#include <cstdint>

#include "engine/core/printable.hpp"

namespace updraft::host {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;  // 0: no UTF-8 begins here
};

Character character_at(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  const std::size_t bytes = first < 0x80             ? 1
                            : (first & 0xE0) == 0xC0 ? 2
                            : (first & 0xF0) == 0xE0 ? 3
                            : (first & 0xF8) == 0xF0 ? 4
                                                     : 0;
  if (bytes == 0 || bytes > text.size()) return {};
  if (bytes == 1) return {first, 1};
  char32_t code = first & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast[bytes] || code > 0x10FFFF || surrogate) return {};
  return {code, bytes};
}

bool does_something(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool direction = c == 0x061C || c == 0x200E || c == 0x200F ||
                         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  const bool line_end = c == 0x2028 || c == 0x2029;
  return control || direction || line_end;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string safe;
  write_printable(text, [&safe](std::string_view piece) { safe += piece; });
  return safe;
}

std::string readable(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const Character next = character_at(text);
    const bool stays = next.bytes > 0 && !does_something(next.code);
    const std::string_view piece = text.substr(0, next.bytes > 0 ? next.bytes : 1);
    if (stays) {
      safe += piece;
    } else {
      for (const char c : piece) safe.append("\\x").append(HexByte(std::byte(c)).view());
    }
    text.remove_prefix(piece.size());
  }
  return safe;
}

}  // namespace updraft::host
