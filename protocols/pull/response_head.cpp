#include "protocols/pull/response_head.hpp"

#include <algorithm>

#include "protocols/pull/web_text.hpp"

namespace updraft::link {
namespace {

constexpr std::string_view kHttpVersion = "HTTP/1.";
constexpr std::size_t kStatusAt = 9, kStatusEnd = 12;  // columns of the status line

Failure broken_head() { return {Code::protocol, Where::link, Reason::web_head}; }

bool is_control_char(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7f';
}

// Of a name (RFC 9110, token).
bool is_token(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return is_digit(c) || is_letter(c) || kMarks.find(c) != kMarks.npos;
}

std::string_view unblanked(std::string_view text) {
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  return text;
}

// Whether a list like "keep-alive, close" has that word.
bool list_has(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (same_word(unblanked(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// "bytes 4096-8191/1048576"
std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!same_word(text.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const std::size_t dash = text.find('-'), slash = text.find('/');
  if (dash == text.npos || slash == text.npos || slash < dash) return std::nullopt;
  const auto first = decimal(text.substr(0, dash));
  const auto last = decimal(from(text.substr(0, slash), dash + 1));
  const auto total = decimal(from(text, slash + 1));
  if (!first || !last || !total || *first > *last || *last >= *total) return std::nullopt;
  return ContentRange{*first, *last, *total};
}

// More than `most` is that.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint64_t most) {
  const auto value = decimal(text);
  if (!value) return std::nullopt;
  return static_cast<std::uint32_t>(std::min(*value, most));
}

// In the order of Field.
constexpr std::string_view kFieldNames[] = {
    "content-length", "transfer-encoding", "content-encoding",
    "content-range",  "connection",        "location",
    "etag",           "last-modified",     "retry-after",
    "updraft-poll",   "updraft-keyset",    "updraft-hello"};

}  // namespace

void ResponseHeadParser::reset() {
  bytes_ = 0;
  begin_answer();
}

void ResponseHeadParser::begin_answer() {
  at_ = At::version;
  head_ = {};
  seen_ = 0;
  column_ = 0;
  location_size_ = 0;
}

Result<std::size_t> ResponseHeadParser::take(Bytes rx) {
  std::size_t taken = 0;
  while (taken < rx.size() && !done()) {
    if (bytes_ == kPullHeadBytes) return broken_head();
    ++bytes_;
    UPDRAFT_TRY(step(static_cast<char>(rx[taken++])));
  }
  return taken;
}

Result<> ResponseHeadParser::step(char c) {
  switch (at_) {
    case At::version:
      return take_version(c);
    case At::reason:
      if (c == '\r') at_ = At::line_end;
      return c != '\r' && is_control_char(c) ? Result<>(broken_head()) : Result<>{};
    case At::name:
      return take_name(c);
    case At::blank:
      if (c == ' ' || c == '\t') return {};
      at_ = At::value;
      [[fallthrough]];
    case At::value:
      if (c == '\r') return end_field();
      if (is_control_char(c)) return broken_head();
      add_to_value(c);
      return {};
    case At::line_end:
      at_ = At::name;
      name_size_ = 0;
      return c == '\n' ? Result<>{} : broken_head();
    case At::last_end:
      return c == '\n' ? end_head() : broken_head();
    case At::done:
      break;
  }
  return {};
}

// "HTTP/1.1 206 Partial Content"; the words at its end may be missing.
Result<> ResponseHeadParser::take_version(char c) {
  const std::size_t column = column_++;
  if (column < kHttpVersion.size()) return c == kHttpVersion[column] ? Result<>{} : broken_head();
  if (column == kHttpVersion.size()) {
    old_ = c == '0';
    return old_ || c == '1' ? Result<>{} : broken_head();
  }
  if (column < kStatusAt) return c == ' ' ? Result<>{} : broken_head();
  if (column < kStatusEnd) {
    if (!is_digit(c)) return broken_head();
    head_.status = head_.status * 10 + static_cast<unsigned>(c - '0');
    return {};
  }
  if (c != ' ' && c != '\r') return broken_head();
  at_ = c == ' ' ? At::reason : At::line_end;
  return {};
}

Result<> ResponseHeadParser::take_name(char c) {
  if (c == '\r' && name_size_ == 0) {
    at_ = At::last_end;
    return {};
  }
  if (c == ':' && name_size_ != 0) {
    begin_value();
    return {};
  }
  if (!is_token(c)) return broken_head();
  if (name_size_ < name_.size()) name_[name_size_] = lower_case(c);
  ++name_size_;
  return {};
}

void ResponseHeadParser::begin_value() {
  at_ = At::blank;
  value_size_ = 0;
  too_long_ = false;
  const std::string_view name{name_.data(), std::min(name_size_, name_.size())};
  const auto* const known =
      name_size_ > name_.size() ? std::end(kFieldNames) : std::ranges::find(kFieldNames, name);
  field_ = static_cast<Field>(known - std::begin(kFieldNames));
}

void ResponseHeadParser::add_to_value(char c) {
  if (field_ == Field::other) return;
  const bool location = field_ == Field::location;
  const std::span<char> room = location ? std::span<char>(location_) : std::span<char>(value_);
  std::size_t& size = location ? location_size_ : value_size_;
  if (size == room.size()) {
    too_long_ = true;
  } else {
    room[size++] = c;
  }
}

Result<> ResponseHeadParser::end_field() {
  at_ = At::line_end;
  if (field_ == Field::other) return {};
  const auto bit = static_cast<std::uint16_t>(1u << static_cast<unsigned>(field_));
  const bool twice = (seen_ & bit) != 0;
  seen_ = static_cast<std::uint16_t>(seen_ | bit);
  if (twice && field_ != Field::connection) return broken_head();
  while (value_size_ > 0 && (value_[value_size_ - 1] == ' ' || value_[value_size_ - 1] == '\t')) {
    --value_size_;
  }
  return take_field(value());
}

Result<> ResponseHeadParser::take_field(std::string_view text) {
  switch (field_) {
    case Field::content_length:
      return take_length(text);
    case Field::transfer_encoding:
      head_.chunked = same_word(text, "chunked");
      return head_.chunked && !old_ ? Result<>{} : broken_head();
    case Field::content_encoding:
      if (same_word(text, "identity")) return {};
      return Failure{Code::protocol, Where::link, Reason::web_packed};
    case Field::content_range:
      head_.range = parse_content_range(text);
      return {};
    case Field::connection:
      head_.closes = head_.closes || too_long_ || list_has(text, "close");
      return {};
    case Field::location:
      if (too_long_) location_size_ = 0;
      while (location_size_ > 0 && location_[location_size_ - 1] == ' ') --location_size_;
      return {};
    case Field::etag:
      if (!too_long_ && text.size() <= kPullEtagBytes && text.ends_with('"')) {
        head_.validators.etag = Text<kPullEtagBytes>(text);
      }
      return {};
    case Field::last_modified:
      if (text.size() <= kPullDateBytes) head_.validators.modified = Text<kPullDateBytes>(text);
      return {};
    case Field::retry_after:
      head_.retry_after = parse_number(text, 86'400);
      return {};
    case Field::updraft_poll:
      head_.poll_after = parse_number(text, 604'800);
      return {};
    case Field::updraft_key_set:
      head_.key_set = parse_number(text, UINT32_MAX);
      return {};
    case Field::updraft_hello:
      head_.hello = text == "1";
      return {};
    case Field::other:
      break;
  }
  return {};
}

Result<> ResponseHeadParser::take_length(std::string_view value) {
  head_.length = decimal(value);
  return head_.length ? Result<>{} : broken_head();
}

Result<> ResponseHeadParser::end_head() {
  const bool in_between = head_.status >= 100 && head_.status < 200;
  if (in_between && head_.status != 101) {
    begin_answer();
    return {};
  }
  if (head_.status < 200 || head_.status > 599) return broken_head();
  if (head_.chunked && head_.length) return broken_head();
  head_.closes = head_.closes || old_;
  at_ = At::done;
  return {};
}

}  // namespace updraft::link
