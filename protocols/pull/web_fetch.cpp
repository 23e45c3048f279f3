#include "protocols/pull/web_fetch.hpp"

#include <algorithm>

namespace updraft::link {

// What happened.

void WebFetch::on_connected(Instant now) {
  silent_since_ = slow_since_ = now;
  ask();
}

void WebFetch::on_bytes(Bytes rx, Instant now) {
  silent_since_ = now;
  heard_ = true;
  while (!rx.empty() && !closed()) state_ == State::head ? take_head(rx) : take_body(rx);
}

void WebFetch::on_peer_done(Instant now) {
  if (state_ != State::body || !body_.ends_with_connection()) return on_lost(now);
  if (telling_) return close(End::go_on, {});
  if (!job_.words.empty()) return close(End::words, {});
  transfer_.end_of_answer();
  transfer_.whole() ? finish() : on_lost(now);
}

void WebFetch::on_lost(Instant) {
  if (closed()) return;
  close(End::lost, fail(Code::aborted, Where::link, transfer_.at(), transfer_.total()));
}

void WebFetch::on_waiting(Instant now) {
  if (heard_) silent_since_ = now;
  if (moved_) slow_since_ = now;
  heard_ = moved_ = false;
}

std::optional<Instant> WebFetch::deadline() const {
  if (closed()) return std::nullopt;
  if (state_ == State::head) return slow_since_ + (first_ ? kPullFirstHeadMs : kPullHeadMs);
  return std::min(silent_since_ + kPullSilenceMs, slow_since_ + kPullPaceMs);
}

void WebFetch::on_deadline(Instant now) {
  if (closed() || now < *deadline()) return;
  close(End::lost, fail(Code::timeout, Where::link, transfer_.at(), transfer_.total()));
}

// The exchange.

// The next file of an update most often stands on the same server.
void WebFetch::ask() {
  if (tell()) return;
  const PackageFile file = transfer_.file();
  if (!route_.leads_to(file)) {
    if (!route_.at_own_server()) return close(End::go_on, {});
    if (const Result<> led = route_.go_to(file, transfer_.name()); !led) {
      return fail_with(led.error());
    }
  }
  parser_.reset();
  const bool going_on = transfer_.can_go_on();
  const bool same_file = going_on && file == PackageFile::package;
  request_.begin({.url = route_.url(),
                  .fields = job_.fields,
                  .bytes = job_.words.empty() ? std::optional(transfer_.want()) : std::nullopt,
                  .unless = going_on ? nullptr : job_.unless,
                  .if_still = same_file ? &transfer_.validators() : nullptr,
                  .body = job_.body});
  state_ = State::head;
  moved_ = true;
}

// Who answers here may be another server than the one that has sent the package: not that one.
bool WebFetch::tell() {
  if (job_.reports == nullptr || !transfer_.take_accepted()) return false;
  job_.reports->accepted();
  const bool own = route_.at_own_server();
  const Bytes report = own ? job_.reports->report() : Bytes{};
  if (report.empty() || !route_.go_to(PackageFile::package, kReportName)) return false;
  parser_.reset();
  request_.begin({.url = route_.url(), .fields = job_.fields, .bytes = {}, .body = report});
  telling_ = true;
  state_ = State::head;
  moved_ = true;
  return true;
}

void WebFetch::take_told_head() {
  const ResponseHead& head = parser_.head();
  const bool taken = head.status < 300, refused = head.status >= 400 && head.status < 500;
  if (taken || refused) job_.reports->reported(taken);
  body_.begin(head, head.status == 204 || head.status == 304);
  state_ = State::body;
  if (body_.done()) told();
}

// What the answer says beside its status is of no use.
void WebFetch::take_told(std::size_t bytes) {
  unread_ += bytes;
  if (unread_ > kPullTold) return close(End::go_on, {});
  if (body_.done()) told();
}

void WebFetch::told() {
  telling_ = false;
  parser_.head().closes ? close(End::go_on, {}) : ask();
}

void WebFetch::take_head(Bytes& rx) {
  const Result<std::size_t> taken = parser_.take(rx);
  if (!taken) return fail_with(taken.error());
  rx = rx.subspan(*taken);
  if (!parser_.done()) return;
  first_ = false;
  telling_ ? take_told_head() : judge_head();
}

void WebFetch::judge_head() {
  const unsigned status = parser_.head().status;
  if (parser_.head().hello && job_.reports != nullptr && route_.at_own_server()) {
    job_.reports->hello_wanted();
  }
  const bool answers = status < 300 || status == 304;
  const bool lacks = job_.key_set && parser_.head().key_set.value_or(0) > *job_.key_set;
  if (answers && lacks && !transfer_.can_go_on()) return close(End::key_set, {});
  if (status != 200 && status != 206) return judge_status(status);
  if (!job_.words.empty()) {
    body_.begin(parser_.head());
    state_ = State::body;
    paced_ = 0;
    moved_ = true;
    return body_.done() ? close(End::words, {}) : void();
  }
  if (const Result<> fits = transfer_.open(parser_.head(), job_.proves); !fits) {
    return fail_with(fits.error());
  }
  ResponseHead head = parser_.head();
  const bool part = status == 206 && !head.chunked;  // its range is its length
  if (part) head.length = head.range->last - head.range->first + 1;
  body_.begin(head);
  state_ = State::body;
  paced_ = 0;
  moved_ = true;
}

void WebFetch::judge_status(unsigned status) {
  const Error answered{Code::http_status, Where::link, status, 200};
  switch (status) {
    case 204:
    case 304:
      if (transfer_.can_go_on() || (status == 304 && job_.unless == nullptr)) break;
      return close(End::unchanged, {});
    case 301:
    case 302:
    case 307:
    case 308:
      return close(End::redirected, {});
    case 401:
    case 403:
    case 407:
      return close(End::login,
                   Error{Code::auth_failed, Where::link, status, 200, Reason::web_login});
    case 416: {
      const bool begun = transfer_.can_go_on();
      const Code code = begun ? Code::size_mismatch : Code::payload_missing;
      return fail_with({code, Where::link, status, transfer_.want().first});
    }
    case 429:
    case 503:
      if (parser_.head().retry_after) return close(End::busy, answered);
      break;
    default:
      break;
  }
  fail_with(answered);
}

void WebFetch::take_words(Bytes& rx) {
  const Result<Bytes> piece = body_.take(rx);
  if (!piece) return fail_with(piece.error());
  if (piece->size() > job_.words.size() - words_) {
    return fail_with({Code::envelope_too_large, Where::link, words_, job_.words.size()});
  }
  std::ranges::copy(*piece, job_.words.subspan(words_).begin());
  words_ += piece->size();
  if (body_.done()) close(End::words, {});
}

void WebFetch::take_body(Bytes& rx) {
  if (!job_.words.empty()) return take_words(rx);
  const Result<Bytes> piece = body_.take(rx);
  if (!piece) return fail_with(piece.error());
  if (telling_) return take_told(piece->size());
  if (!piece->empty()) {
    brought_ = true;
    paced_ += piece->size();
    if (paced_ >= kPullPaceBytes) {
      paced_ = 0;
      moved_ = true;
    }
    if (const Result<> taken = transfer_.take(*piece); !taken) return fail_with(taken.error());
  }
  if (!body_.done() && transfer_.needs_no_more()) {
    return transfer_.whole() ? finish() : close(End::go_on, {});
  }
  if (!body_.done()) return;
  if (!rx.empty() && !transfer_.whole()) {  // more than was asked for
    return fail_with({Code::protocol, Where::link, 0, 0, Reason::web_head});
  }
  end_answer();
}

void WebFetch::end_answer() {
  transfer_.end_of_answer();
  if (transfer_.whole()) return finish();
  if (parser_.head().closes) return close(End::go_on, {});
  ask();
}

void WebFetch::finish() {
  const Result<Taken> taken = transfer_.finish();
  if (!taken) return fail_with(taken.error());
  taken_ = *taken;
  close(End::taken, {});
}

// The ends.

void WebFetch::fail_with(const Error& why) {
  if (telling_) return close(End::lost, why);
  close(transfer_.ended_by_engine() ? End::engine : End::trouble, why);
}

void WebFetch::close(End end, const Result<>& outcome) {
  end_ = end;
  outcome_ = outcome;
  state_ = State::closed;
}

}  // namespace updraft::link
