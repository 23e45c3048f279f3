#include "protocols/pull/web_transfer.hpp"

#include <algorithm>

namespace updraft::link {
namespace {

NumberedFailure wrong_range(std::uint64_t found, std::uint64_t expected) {
  return fail(Code::protocol, Where::link, found, expected, Reason::web_range);
}

}  // namespace

WantedBytes WebTransfer::want() const {
  if (!announced_) return {0, kPullFirstBytes - 1};
  return {at_, total_ - 1};
}

Result<> WebTransfer::open(const ResponseHead& head, bool proved) {
  return head.status == 206 ? open_part(head, proved) : open_whole(head, proved);
}

Result<> WebTransfer::open_part(const ResponseHead& head, bool proved) {
  const WantedBytes wanted = want();
  if (!head.range) return wrong_range(0, wanted.first);
  const ContentRange& range = *head.range;
  const std::uint64_t last = std::min(wanted.last, range.total - 1);
  if (range.first != wanted.first) return wrong_range(range.first, wanted.first);
  if (range.last != last) return wrong_range(range.last, last);
  const std::uint64_t size = range.last - range.first + 1;
  if (head.length && *head.length != size) return wrong_range(*head.length, size);
  pos_ = range.first;
  if (!announced_) return announce(head, range.total, proved);
  if (range.total != total_ || !may_be_same_file(head.validators)) {
    return fail(Code::size_mismatch, Where::link, range.total, total_, Reason::web_changed);
  }
  return {};
}

// The whole file, asked for or not. If it is still the same one, what is there is passed over.
Result<> WebTransfer::open_whole(const ResponseHead& head, bool proved) {
  pos_ = 0;
  const std::uint64_t total = head.length.value_or(0);
  if (!announced_) return announce(head, total, proved);
  const bool same = total != 0 && total == total_ && validators_.is_strong() &&
                    head.validators.etag == validators_.etag;
  if (same) return {};
  const Error changed{Code::size_mismatch, Where::link, total, total_, Reason::web_changed};
  if (changed_) return changed;
  changed_ = true;
  claim_.abort(changed);
  return announce(head, total, proved);
}

// A server may leave a field out; it may not contradict itself.
bool WebTransfer::may_be_same_file(const WebValidators& now) const {
  if (!validators_.etag.empty() && !now.etag.empty()) return now.etag == validators_.etag;
  const bool dated = !validators_.modified.empty() && !now.modified.empty();
  return !dated || now.modified == validators_.modified;
}

Result<> WebTransfer::announce(const ResponseHead& head, std::uint64_t total, bool proved) {
  validators_ = head.validators;
  total_ = total;
  at_ = 0;
  whole_ = false;
  const bool empty = head.length == 0u || (head.range && total == 0);
  if (empty) return fail(Code::payload_missing, Where::link);
  announced_ = true;
  return heard(claim_.announce({.scheme = scheme_, .size = total, .sender_proved = proved}));
}

Result<> WebTransfer::take(Bytes body) {
  while (!body.empty()) {
    if (pos_ < at_) {  // the engine has it
      const Bytes passed = at_most(body, at_ - pos_);
      body = body.subspan(passed.size());
      pos_ += passed.size();
      continue;
    }
    if (total_ != 0 && pos_ == total_) return wrong_range(pos_ + body.size(), total_);
    const std::uint64_t step = at_ < kPullFirstBytes ? kPullFirstBytes : kPullAskEvery;
    std::uint64_t most = step - at_ % step;
    if (total_ != 0) most = std::min(most, total_ - pos_);
    const Bytes part = at_most(body, most);
    UPDRAFT_TRY(heard(claim_.write(part)));
    body = body.subspan(part.size());
    pos_ += part.size();
    at_ = pos_;
    if (part.size() == most) UPDRAFT_TRY(ask_what_is_needed());
  }
  whole_ = total_ != 0 && at_ == total_;
  return {};
}

Result<> WebTransfer::ask_what_is_needed() {
  if (total_ == 0 || at_ == total_) return {};
  const Result<std::uint64_t> next = heard(claim_.resume_at(at_));
  if (!next) return next.error();
  at_ = *next;
  return {};
}

// Where no size was told, the server's end is the file's.
void WebTransfer::end_of_answer() { whole_ = total_ == 0 || at_ == total_; }

Result<Taken> WebTransfer::finish() {
  Result<Taken> taken = heard(claim_.finish());
  if (taken) announced_ = false;
  return taken;
}

void WebTransfer::drop(const Error& why) {
  if (ended_by_engine_) return;
  if (announced_) {
    claim_.abort(why);
  } else {
    engine_.never_began(scheme_, why);
  }
  ended_by_engine_ = true;
}

template <class T>
Result<T> WebTransfer::heard(Result<T> from_engine) {
  if (!from_engine) {
    ended_by_engine_ = true;
    announced_ = false;
  }
  return from_engine;
}

}  // namespace updraft::link
