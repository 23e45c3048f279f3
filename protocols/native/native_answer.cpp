#include "protocols/native/native_answer.hpp"

#include <algorithm>
#include <charconv>

#include "protocols/link/header_text.hpp"

namespace updraft::link {
namespace {

using JsonKind = format::JsonToken::Kind;

Failure broken() { return fail(Code::protocol, Where::link); }

bool read_number(std::string_view text, std::uint64_t& into) {
  const char* const first = text.data();
  const char* const end = first + text.size();
  const auto read = std::from_chars(first, end, into);
  return read.ec == std::errc{} && read.ptr == end;
}

}  // namespace

Error NativeAnswer::error() const {
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    const auto known = static_cast<Code>(i);
    if (name(known) == code.view()) return {known, Where::device, offset};
  }
  return {Code::protocol, Where::link, status};
}

void NativeAnswerReader::reset(MutableBytes keep) {
  answer_ = {};
  keep_ = keep;
  head_size_ = 0;
  in_body_ = complete_ = in_need_ = false;
  left_ = 0;
  depth_ = needs_ = 0;
  key_ = {};
  json_.reset();
}

Result<> NativeAnswerReader::push(Bytes& rx) {
  while (!rx.empty() && !complete_ && !in_body_) {
    if (head_size_ == head_.size()) return broken();
    head_[head_size_++] = static_cast<char>(rx.front());
    rx = rx.subspan(1);
    if (std::string_view(head_.data(), head_size_).ends_with("\r\n\r\n")) UPDRAFT_TRY(take_head());
  }
  if (!in_body_ || complete_) return {};
  const Bytes part = at_most(rx, left_);
  rx = rx.subspan(part.size());
  left_ -= part.size();
  const Bytes kept = at_most(part, keep_.size() - answer_.body.size());
  std::ranges::copy(kept, keep_.begin() + static_cast<std::ptrdiff_t>(answer_.body.size()));
  answer_.body = keep_.first(answer_.body.size() + kept.size());
  if (keep_.empty() || !answer_.good()) {  // else its reader judges it
    UPDRAFT_TRY(json_.push(part));
    if (left_ == 0) UPDRAFT_TRY(json_.finish());
  }
  complete_ = left_ == 0;
  return {};
}

// "HTTP/1.1 201 Created", and how long the body is.
Result<> NativeAnswerReader::take_head() {
  std::string_view head(head_.data(), head_size_);
  std::uint64_t status = 0;
  if (!head.starts_with("HTTP/1.1 ") || !read_number(head.substr(9, 3), status)) return broken();
  answer_.status = static_cast<std::uint16_t>(status);
  while (true) {
    head.remove_prefix(head.find("\r\n") + 2);
    const std::string_view line = head.substr(0, head.find("\r\n"));
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return broken();
    if (!same_word(line.substr(0, colon), "content-length")) continue;
    if (!read_number(trimmed(line.substr(colon + 1)), left_)) return broken();
  }
  if (left_ > kNativeAnswerBytes) return broken();
  in_body_ = left_ != 0;
  complete_ = !in_body_;
  return {};
}

// Members of the object, and of the first entry of `need`.
Result<> NativeAnswerReader::on_token(const format::JsonToken& token) {
  switch (token.kind) {
    case JsonKind::begin_object:
      ++depth_;
      if (in_need_ && depth_ == 3 && ++needs_ == 1) answer_.need.emplace();
      break;
    case JsonKind::begin_array:
      ++depth_;
      in_need_ = depth_ == 2 && key_.view() == "need";
      break;
    case JsonKind::end_object:
      --depth_;
      break;
    case JsonKind::end_array:
      --depth_;
      in_need_ = in_need_ && depth_ >= 2;
      break;
    case JsonKind::key:
      key_ = Text<24>(token.text);
      break;
    case JsonKind::string:
      if (depth_ == 1) take_text(token.text);
      break;
    case JsonKind::number:
      if (token.whole && token.number >= 0) take_number(static_cast<std::uint64_t>(token.number));
      break;
    case JsonKind::literal:
      if (depth_ == 1 && key_.view() == "delta") answer_.takes_delta = token.text == "true";
      if (depth_ == 1 && key_.view() == "data_on_trial") {
        answer_.data_on_trial = token.text == "true";
      }
      break;
  }
  return {};
}

void NativeAnswerReader::take_text(std::string_view text) {
  const std::string_view member = key_.view();
  const auto into = [&]<std::size_t N>(std::string_view wanted, Text<N>& place) {
    if (member == wanted) place = Text<N>(text);
  };
  into("id", answer_.id);
  into("class", answer_.class_id);
  into("chip", answer_.chip);
  into("digest", answer_.digest);
  into("slot", answer_.slot);
  into("state", answer_.state);
  into("project", answer_.project);
  into("version", answer_.version);
  into("session", answer_.session);
  into("result", answer_.result);
  into("trust", answer_.trust);
  into("code", answer_.code);
}

void NativeAnswerReader::take_number(std::uint64_t number) {
  const std::string_view member = key_.view();
  if (in_need_) {
    if (needs_ != 1 || depth_ != 3) return;
    NativeAnswer::Need& need = *answer_.need;
    if (member == "part") need.part = number;
    if (member == "page") need.page = number;
    if (member == "from") need.from = number;
    if (member == "to") need.to = number;
    return;
  }
  if (depth_ != 1) return;
  if (member == "sequence") answer_.sequence = number;
  if (member == "keyset") answer_.key_set = number;
  if (member == "boot") answer_.boot = number;
  if (member == "slot_size") answer_.slot_bytes = number;
  if (member == "received") answer_.received = number;
  if (member == "total") answer_.total = number;
  if (member == "offset") answer_.offset = number;
  if (member == "restart_ms") answer_.restarts = true;
}

}  // namespace updraft::link
