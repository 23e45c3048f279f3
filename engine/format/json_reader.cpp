#include "engine/format/json_reader.hpp"

namespace updraft::format {
namespace {

using Kind = JsonToken::Kind;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

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
      return false;  // after the end
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

bool JsonReader::tell(JsonToken token) {
  told_ = handler_.on_token(token);
  return told_.has_value();
}

}  // namespace updraft::format
