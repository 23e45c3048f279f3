// JsonReader: strings, numbers and literals.
#include <charconv>

#include "engine/core/hex.hpp"
#include "engine/format/json_reader.hpp"

namespace updraft::format {
namespace {

using Kind = JsonToken::Kind;

constexpr std::int64_t kLargest = std::int64_t{1} << 53;
constexpr std::string_view kNumberCharacters = "0123456789+-.eE";

// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_number(std::string_view text) {
  const auto digits = [&] {
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  const auto skip = [&](std::string_view any) {
    const bool there = !text.empty() && any.find(text.front()) != any.npos;
    if (there) text.remove_prefix(1);
    return there;
  };
  skip("-");
  const bool zero = text.starts_with('0');
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (skip(".") && digits() == 0) return false;
  if (skip("eE")) {
    skip("+-");
    if (digits() == 0) return false;
  }
  return text.empty();
}

}  // namespace

bool JsonReader::take_string(char c) {
  if (static_cast<unsigned char>(c) < 0x20) return false;
  if (high_surrogate_ != 0 && c != '\\') return false;
  if (c == '"') return end_string();
  if (c == '\\') {
    state_ = State::escape;
  } else {
    keep(c);
  }
  return true;
}

bool JsonReader::take_escape(char c) {
  state_ = State::string;
  if (c == 'u') {
    state_ = State::unicode;
    unicode_ = 0;
    unicode_digits_ = 0;
    return true;
  }
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  const std::size_t which = kNames.find(c);
  if (which == kNames.npos || high_surrogate_ != 0) return false;
  keep(kMeant[which]);
  return true;
}

bool JsonReader::take_unicode(char c) {
  const int digit = hex_value(c);
  if (digit == kNoHexDigit) return false;
  unicode_ = unicode_ * 16 + static_cast<unsigned>(digit);
  if (++unicode_digits_ < 4) return true;
  state_ = State::string;
  const bool high = unicode_ >= 0xD800 && unicode_ < 0xDC00;
  const bool low = unicode_ >= 0xDC00 && unicode_ < 0xE000;
  if (low != (high_surrogate_ != 0)) return false;  // halves come in pairs
  if (high) {
    high_surrogate_ = unicode_;
    return true;
  }
  if (low) unicode_ = 0x10000 + ((high_surrogate_ - 0xD800) << 10) + (unicode_ - 0xDC00);
  high_surrogate_ = 0;
  keep_code_point(unicode_);
  return true;
}

void JsonReader::keep_code_point(std::uint32_t code) {
  const auto tail = [&](unsigned shift) { keep(static_cast<char>(0x80 | (code >> shift & 0x3F))); };
  if (code < 0x80) return keep(static_cast<char>(code));
  if (code < 0x800) {
    keep(static_cast<char>(0xC0 | code >> 6));
  } else if (code < 0x10000) {
    keep(static_cast<char>(0xE0 | code >> 12));
    tail(6);
  } else {
    keep(static_cast<char>(0xF0 | code >> 18));
    tail(12);
    tail(6);
  }
  tail(0);
}

bool JsonReader::end_string() {
  const Kind kind = is_key_ ? Kind::key : Kind::string;
  if (!tell({.kind = kind, .text = {text_.data(), size_}, .cut = cut_})) return false;
  if (!is_key_) return end_value();
  state_ = State::colon;
  return true;
}

bool JsonReader::take_number(char c) {
  if (kNumberCharacters.find(c) == kNumberCharacters.npos) return end_number() && take(c);
  keep(c);
  return size_ <= kJsonNumberDigits + 1;  // and a sign
}

bool JsonReader::end_number() {
  const std::string_view text(text_.data(), size_);
  if (!is_number(text)) return false;
  JsonToken token{.kind = Kind::number};
  const char* const past = text_.data() + size_;
  const auto [end, error] = std::from_chars(text_.data(), past, token.number);
  const bool exact = token.number >= -kLargest && token.number <= kLargest;
  token.whole = error == std::errc{} && end == past && exact;
  return tell(token) && end_value();
}

bool JsonReader::take_literal(char c) {
  constexpr std::string_view kLiterals[] = {"true", "false", "null"};
  keep(c);
  const std::string_view text(text_.data(), size_);
  for (const std::string_view literal : kLiterals) {
    if (text == literal) return tell({.kind = Kind::literal, .text = text}) && end_value();
    if (literal.starts_with(text)) return true;
  }
  return false;
}

void JsonReader::keep(char c) {
  if (size_ == text_.size()) {
    cut_ = true;
  } else {
    text_[size_++] = c;
  }
}

}  // namespace updraft::format
