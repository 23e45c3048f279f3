#include "updraft/format/json_reader.hpp"

#include <algorithm>
#include <charconv>

namespace updraft::format {
namespace {

using Kind = JsonToken::Kind;

constexpr std::int64_t kLargest = std::int64_t{1} << 53;
constexpr std::string_view kNumberCharacters = "0123456789+-.eE";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

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

void JsonReader::reset() {
  state_ = State::value;
  depth_ = 0;
  offset_ = 0;
  told_ = {};
  high_surrogate_ = 0;
}

Result<> JsonReader::push(Bytes text) {
  for (const std::byte byte : text) {
    if (!take(static_cast<char>(byte))) {
      return told_ ? fail(Code::protocol, Where::link, offset_) : told_;
    }
    ++offset_;
  }
  return {};
}

Result<> JsonReader::finish() {
  if (state_ == State::number && depth_ == 0 && !end_number()) {
    return told_ ? fail(Code::protocol, Where::link, offset_) : told_;
  }
  return state_ == State::done ? Result<>{} : fail(Code::protocol, Where::link, offset_);
}

bool JsonReader::take(char c) {
  switch (state_) {
    case State::string:
      return take_string(c);
    case State::escape:
      return take_escape(c);
    case State::unicode:
      return take_unicode(c);
    case State::number:
      return take_number(c);
    case State::literal:
      return take_literal(c);
    default:
      break;
  }
  if (is_space(c)) return true;
  switch (state_) {
    case State::value:
      return begin_value(c);
    case State::value_or_end:
      return c == ']' ? close(c) : begin_value(c);
    case State::key_or_end:
      if (c == '}') return close(c);
      [[fallthrough]];
    case State::key:
      is_key_ = true;
      size_ = 0;
      cut_ = false;
      state_ = State::string;
      return c == '"';
    case State::colon:
      state_ = State::value;
      return c == ':';
    case State::comma_or_end:
      if (c != ',') return close(c);
      state_ = open_[depth_ - 1] == '}' ? State::key : State::value;
      return true;
    default:
      return false;  // behind the end
  }
}

bool JsonReader::begin_value(char c) {
  size_ = 0;
  cut_ = false;
  is_key_ = false;
  if (c == '{' || c == '[') return open(c);
  if (c == '"') {
    state_ = State::string;
    return true;
  }
  keep(c);
  state_ = c == '-' || is_digit(c) ? State::number : State::literal;
  return state_ == State::number || c == 't' || c == 'f' || c == 'n';
}

bool JsonReader::open(char c) {
  if (depth_ == kJsonDepth) return false;
  const bool object = c == '{';
  open_[depth_++] = object ? '}' : ']';
  state_ = object ? State::key_or_end : State::value_or_end;
  return tell({.kind = object ? Kind::begin_object : Kind::begin_array});
}

bool JsonReader::close(char c) {
  if (depth_ == 0 || c != open_[depth_ - 1]) return false;
  --depth_;
  return tell({.kind = c == '}' ? Kind::end_object : Kind::end_array}) && end_value();
}

bool JsonReader::end_value() {
  state_ = depth_ == 0 ? State::done : State::comma_or_end;
  return true;
}

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
  unsigned digit = 0;
  const auto [end, error] = std::from_chars(&c, &c + 1, digit, 16);
  if (error != std::errc{}) return false;
  unicode_ = unicode_ * 16 + digit;
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
  const auto [end, error] = std::from_chars(text.data(), text.data() + size_, token.number);
  const bool exact = token.number >= -kLargest && token.number <= kLargest;
  token.whole = error == std::errc{} && end == text.data() + size_ && exact;
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

bool JsonReader::tell(JsonToken token) {
  told_ = handler_.on_token(token);
  return told_.has_value();
}

}  // namespace updraft::format
