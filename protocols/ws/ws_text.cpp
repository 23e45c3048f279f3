#include "protocols/ws/ws_text.hpp"

#include <algorithm>
#include <charconv>

namespace updraft::link {
namespace {
using Kind = format::JsonToken::Kind;
Failure not_the_form() { return fail(Code::protocol, Where::link); }
}  // namespace

void WsText::reset() {
  reader_.reset();
  member_ = Member::other;
  depth_ = 0;
  has_name_ = has_value_ = current_ = false;
  name_ = value_ = {};
  answer_ = {};
  number_.reset();
}

Result<> WsText::finish() {
  UPDRAFT_TRY(reader_.finish());
  if (!has_name_ || !has_value_) return not_the_form();
  return {};
}

std::optional<std::uint64_t> WsText::number() const {
  std::int64_t number = number_.value_or(-1);
  if (!number_) {
    const std::string_view text = value_.view();
    const char* const first = text.data();
    const char* const past = first + text.size();
    const auto [end, error] = std::from_chars(first, past, number);
    if (error != std::errc{} || end != past) return std::nullopt;
  }
  if (number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

std::optional<Answer> WsText::answer() const {
  if (answer_.view().size() != kAnswerChars) return std::nullopt;
  Answer answer;
  std::ranges::copy(as_bytes(answer_.view()), answer.begin());
  return answer;
}

Result<> WsText::on_token(const format::JsonToken& token) {
  switch (token.kind) {
    case Kind::key:
      member_ = Member::other;
      if (depth_ == 1 && token.text == "name") member_ = Member::name;
      if (depth_ == 1 && token.text == "value") member_ = Member::value;
      if (depth_ == 1 && token.text == "current") member_ = Member::current;
      if (depth_ == 1 && token.text == "answer") member_ = Member::answer;
      return {};
    case Kind::begin_object:
    case Kind::begin_array:
      return on_begin(token);
    case Kind::end_object:
    case Kind::end_array:
      --depth_;
      return {};
    default:
      return on_value(token);
  }
}

Result<> WsText::on_begin(const format::JsonToken& token) {
  if (depth_ == 0 && token.kind != Kind::begin_object) return not_the_form();
  if (depth_ == 1 && (member_ == Member::name || member_ == Member::value)) return not_the_form();
  ++depth_;
  return {};
}

Result<> WsText::on_value(const format::JsonToken& token) {
  if (depth_ == 0) return not_the_form();
  if (depth_ > 1 || member_ == Member::other) return {};
  if (member_ == Member::current) {
    current_ = token.text == "true";
    return {};
  }
  if (member_ == Member::answer) {
    answer_ =
        token.text.size() == kAnswerChars ? Text<kAnswerChars>(token.text) : Text<kAnswerChars>();
    return {};
  }
  const bool is_name = member_ == Member::name;
  bool& has = is_name ? has_name_ : has_value_;
  if (has || token.cut || token.text.size() > kWsTokenBytes) return not_the_form();
  if (is_name && token.kind != Kind::string) return not_the_form();
  has = true;
  (is_name ? name_ : value_) = Text<kWsTokenBytes>(token.text);
  if (!is_name && token.kind == Kind::number && token.whole) number_ = token.number;
  return {};
}

}  // namespace updraft::link
