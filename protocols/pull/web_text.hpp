// The few questions about text that URLs and heads of answers ask.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/core/hex.hpp"
#include "engine/core/words.hpp"
#include "protocols/link/header_text.hpp"

namespace updraft::link {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hex_digit(char c) { return hex_value(c) != kNoHexDigit; }
constexpr bool is_letter(char c) { return lower_case(c) >= 'a' && lower_case(c) <= 'z'; }

// 1 to `most` of A-Z a-z 0-9 . _ -: ids, and what a filter of a server can name.
inline bool is_word(std::string_view text, std::size_t most) {
  constexpr std::string_view kMarks = "._-";
  return !text.empty() && text.size() <= most && std::ranges::all_of(text, [&](char c) {
    return is_digit(c) || is_letter(c) || kMarks.find(c) != kMarks.npos;
  });
}

// The rest from there on; nothing if it is shorter. substr() could throw.
constexpr std::string_view from(std::string_view text, std::size_t at) {
  text.remove_prefix(std::min(at, text.size()));
  return text;
}

// Digits and nothing else, at most kDecimalDigits: so the value always fits.
inline constexpr std::size_t kDecimalDigits = 18;
constexpr std::optional<std::uint64_t> decimal(std::string_view text) {
  if (text.empty() || text.size() > kDecimalDigits) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

}  // namespace updraft::link
