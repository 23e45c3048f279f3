#include "protocols/pull/web_transfer.hpp"

#include <algorithm>

namespace updraft::link {
namespace {

// Of a package that holds its index: the names and lengths of both parts, at most.
constexpr std::uint64_t kNamesBytes = 32;

NumberedFailure wrong_range(std::uint64_t found, std::uint64_t expected) {
  return fail(Code::protocol, Where::link, found, expected, Reason::web_range);
}

NumberedFailure other_file(std::uint64_t found, std::uint64_t expected) {
  return fail(Code::size_mismatch, Where::link, found, expected, Reason::web_changed);
}

}  // namespace

// What comes next.

void WebTransfer::has_parts(const PackageParts& parts) {
  parts_ = parts;
  if (!parts.apart()) return;
  accepted_ = true;
  const auto keep = [this](std::string_view name, std::size_t at) {
    const std::string_view kept = name.substr(0, suit::kMaxUri);
    std::ranges::copy(kept, names_.begin() + static_cast<std::ptrdiff_t>(at));
    return std::string_view(names_.data() + at, kept.size());
  };
  parts_.index_name = keep(parts.index_name, 0);
  parts_.transfer_name = keep(parts.transfer_name, suit::kMaxUri);
  total_ = parts.bytes();
}

// The index of a package comes by itself: what the engine needs after it, only the engine knows.
PackagePlace WebTransfer::here() const {
  if (parts_.apart()) return place_at(parts_, at_);
  const std::uint64_t index_end = parts_.head + parts_.index + kNamesBytes;
  const bool before = parts_.index != 0 && at_ < index_end;
  return {PackageFile::package, at_, before ? std::min(total_, index_end) : total_};
}

std::string_view WebTransfer::name() const {
  const PackageFile next = file();
  if (next == PackageFile::package) return {};
  return next == PackageFile::index ? parts_.index_name : parts_.transfer_name;
}

std::uint64_t WebTransfer::bytes_of(PackageFile file) const {
  if (file == PackageFile::package) return package_;
  return file == PackageFile::index ? parts_.index : parts_.transfer;
}

WantedBytes WebTransfer::want() const {
  if (!announced_) return {0, kPullFirstBytes - 1};
  const PackagePlace next = here();
  return {next.from, next.to - 1};
}

// An answer.

Result<> WebTransfer::open(const ResponseHead& head, bool proved) {
  asked_ = file();
  in_part_ = head.status == 206;
  return in_part_ ? open_part(head, proved) : open_whole(head, proved);
}

Result<> WebTransfer::open_part(const ResponseHead& head, bool proved) {
  const WantedBytes wanted = want();
  if (!head.range) return wrong_range(0, wanted.first);
  const ContentRange& range = *head.range;
  const std::uint64_t last = std::min(wanted.last, range.total - 1);
  if (range.first != wanted.first) return wrong_range(range.first, wanted.first);
  const bool changed = announced_ && range.total != bytes_of(asked_);
  if (changed) return other_file(range.total, bytes_of(asked_));
  if (range.last != last) return wrong_range(range.last, last);
  const std::uint64_t size = range.last - range.first + 1;
  if (head.length && *head.length != size) return wrong_range(*head.length, size);
  pos_ = range.first;
  if (!announced_) return announce(head, range.total, proved);
  const bool same = asked_ != PackageFile::package || may_be_same_file(head.validators);
  return same ? Result<>{} : other_file(range.total, package_);
}

// The whole file, asked for or not. If it is still the same one, what is there is passed over.
Result<> WebTransfer::open_whole(const ResponseHead& head, bool proved) {
  pos_ = 0;
  const std::uint64_t total = head.length.value_or(0);
  if (!announced_) return announce(head, total, proved);
  const std::uint64_t known = bytes_of(asked_);
  if (asked_ != PackageFile::package) {
    return total == 0 || total == known ? Result<>{} : other_file(total, known);
  }
  const bool same = total != 0 && total == known && validators_.is_strong() &&
                    head.validators.etag == validators_.etag;
  if (same) return {};
  const Error changed{Code::size_mismatch, Where::link, total, known, Reason::web_changed};
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
  package_ = total_ = total;
  parts_ = {};
  at_ = 0;
  whole_ = false;
  const bool empty = head.length == 0u || (head.range && total == 0);
  if (empty) return fail(Code::payload_missing, Where::link);
  announced_ = true;
  return heard(claim_.announce(
      {.scheme = scheme_, .size = total, .sender_proved = proved, .fetcher = this}));
}

Result<> WebTransfer::take(Bytes body) {
  while (!body.empty() && !needs_no_more()) {
    const PackagePlace next = here();
    const std::uint64_t end = bytes_of(asked_);
    if (end != 0 && pos_ == end) return wrong_range(pos_ + body.size(), end);
    if (pos_ < next.from) {  // the engine has it
      const Bytes passed = at_most(body, next.from - pos_);
      body = body.subspan(passed.size());
      pos_ += passed.size();
      continue;
    }
    std::uint64_t most = kPullAskEvery - next.from % kPullAskEvery;
    if (end != 0) most = std::min(most, next.to - next.from);
    const Bytes part = at_most(body, most);
    UPDRAFT_TRY(heard(claim_.write(part)));
    body = body.subspan(part.size());
    pos_ += part.size();
    at_ += part.size();
    if (part.size() == most) UPDRAFT_TRY(ask_what_is_needed());
  }
  return {};
}

Result<> WebTransfer::ask_what_is_needed() {
  if (total_ == 0) return {};
  const Result<std::uint64_t> next = heard(claim_.resume_at(at_));
  if (!next) return next.error();
  at_ = *next;
  whole_ = at_ == total_;
  return {};
}

// Another file comes next, or bytes that are far away in a part that was asked for.
bool WebTransfer::needs_no_more() const {
  const PackagePlace next = here();
  if (whole_) return pos_ < bytes_of(asked_);
  if (next.file != asked_) return true;
  return in_part_ && next.from > pos_ + kPullPassOver;
}

// Where no size was told, the server's end is the file's.
void WebTransfer::end_of_answer() {
  if (total_ == 0) whole_ = true;
}

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
