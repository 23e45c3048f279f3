#include "protocols/native/native_device.hpp"

#include <algorithm>
#include <utility>

namespace updraft::link {
namespace {

constexpr Millis kLookForEvents{200};

}  // namespace

void NativeDevice::on_connected(Instant now) { since_ = now; }

void NativeDevice::on_bytes(Bytes rx, Instant now) {
  while (!rx.empty() && state_ != State::closing) {
    if (state_ == State::waiting || has_reply()) {
      refuse_unread(fail(Code::protocol, Where::link, 400));
    } else if (state_ == State::head) {
      take_head(rx, now);
    } else {
      take_body(rx);
      if (left_ == 0 && state_ == State::body) end_body(now);
    }
  }
  since_ = now;
  idle_ = quiet_ = false;
  leave_if_closing(now);
}

void NativeDevice::take_head(Bytes& rx, Instant now) {
  while (!rx.empty()) {
    if (size_ == kNativeHeaderBytes) {
      return refuse_unread(fail(Code::protocol, Where::link, 431));
    }
    room_[size_++] = static_cast<char>(rx.front());
    rx = rx.subspan(1);
    if (std::string_view(room_.data(), size_).ends_with("\r\n\r\n")) return take_request(now);
  }
}

void NativeDevice::take_request(Instant now) {
  const Result<NativeRequest> read = parse_native_request({room_.data(), size_});
  size_ = 0;
  if (!read) return refuse_unread(read.error());
  request_ = *read;
  left_ = request_.length;
  part_ = {};
  NativeSession& session = door_.session;
  const bool of_session = request_.call == NativeCall::need || request_.call == NativeCall::drop ||
                          request_.call == NativeCall::apply || request_.call == NativeCall::page ||
                          request_.call == NativeCall::data;
  if (of_session) part_ = session.check(request_.session);
  if (part_ && request_.call == NativeCall::page) {
    part_ = session.begin_page(request_.part, request_.page, left_);
  } else if (part_ && request_.call == NativeCall::data) {
    part_ = session.begin_data(request_.part, request_.from, left_);
  }
  if (!part_) return left_ == 0 ? refuse(part_.error()) : refuse_unread(part_.error());
  state_ = State::body;
  if (left_ == 0) end_body(now);
}

void NativeDevice::take_body(Bytes& rx) {
  const Bytes piece = at_most(rx, left_);
  rx = rx.subspan(piece.size());
  left_ -= piece.size();
  if (request_.call != NativeCall::page && request_.call != NativeCall::data) {
    std::ranges::copy(as_text(piece), room_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += piece.size();
    return;
  }
  if (part_) part_ = door_.session.take(piece);  // else the rest is dropped, and the reply says why
}

void NativeDevice::end_body(Instant now) {
  state_ = State::head;
  served_ = true;
  if (part_ && request_.length != 0 &&
      (request_.call == NativeCall::page || request_.call == NativeCall::data)) {
    part_ = door_.session.end_part();
  }
  if (!part_) return refuse(part_.error());
  call(now);
  size_ = 0;
}

void NativeDevice::call(Instant now) {
  HttpText out = body();
  switch (request_.call) {
    case NativeCall::device:
      return reply_device();
    case NativeCall::open:
      return open_session();
    case NativeCall::need:
    case NativeCall::page:
    case NativeCall::data:
      return reply_need(200);
    case NativeCall::drop:
      door_.session.drop({Code::aborted, Where::link});
      return reply(204, out);
    case NativeCall::apply:
      return apply();
    case NativeCall::events:
      return wait_for_event(now);
    case NativeCall::confirm:
      if (const Result<> kept = door_.steering.confirm(); !kept) return refuse(kept.error());
      return reply(200, out.add("{\"state\":\"valid\"}"));
    case NativeCall::roll_back:
      return roll_back();
    case NativeCall::restart:
      if (door_.session.is_in_the_way_of(number_)) return refuse({Code::busy, Where::device});
      wish_ = NativeWish::restart;
      write_restart(out.add("{\"result\":\"ok\""));
      return reply(200, out);
    case NativeCall::key_set:
      return take_key_set();
    case NativeCall::arm: {
      const Result<> armed = door_.board.arm(request_.seconds);
      if (!armed) return refuse(armed.error());
      return reply(200, out.add("{\"armed\":").add(request_.seconds).add("}"));
    }
    case NativeCall::unpair:
      unpairs_ = true;
      return reply(200, out.add("{\"result\":\"ok\"}"));
  }
}

void NativeDevice::open_session() {
  const Result<NativeSession::Opened> opened =
      door_.session.open(as_bytes({room_.data(), size_}), number_);
  if (!opened) return refuse(opened.error());
  if (*opened == NativeSession::Opened::open) return reply_need(201);
  HttpText out = body();
  reply(200, out.add("{\"result\":\"current\"}"));
}

void NativeDevice::apply() {
  const Result<Taken> taken = door_.session.apply();
  if (!taken) return refuse(taken.error());
  HttpText out = body();
  if (*taken == Taken::current) return reply(200, out.add("{\"result\":\"current\"}"));
  NativeInstalled installed = door_.board.installed();
  if (installed.is_data) {
    installed.trust = door_.session.was_signed() ? Trust::signed_image : Trust::sender;
  }
  write_installed(out, installed, request_.restart);
  if (request_.restart) wish_ = NativeWish::restart;
  reply(200, out);
}

void NativeDevice::roll_back() {
  const Text<16> to = door_.board.other_slot();
  const Result<> gone = door_.steering.roll_back(RolledBack::went_back);
  if (!gone) return refuse(gone.error());
  wish_ = NativeWish::roll_back;
  HttpText out = body();
  write_restart(out.add("{\"to\":\"").add(to.view()).add("\""));
  reply(200, out);
}

// The gate takes it like any payload.
void NativeDevice::take_key_set() {
  const Bytes bytes = as_bytes({room_.data(), size_});
  Result<> went =
      door_.session.is_in_the_way_of(number_)
          ? Result<>(fail(Code::busy, Where::device))
          : door_.engine.begin({.scheme = kNative, .size = bytes.size(), .sender_proved = true});
  if (went) went = door_.engine.write(bytes);
  if (went) went = outcome_of(door_.engine.finish());
  went ? reply_key_set() : refuse(went.error());
}

// The facts are a large part of a kilobyte: they are on the stack only while nothing else happens.
[[gnu::noinline]] void NativeDevice::reply_device() {
  NativeFacts facts;
  door_.board.describe(facts);
  HttpText out = body();
  write_device(out, facts, door_.session);
  reply(200, out);
}

[[gnu::noinline]] void NativeDevice::reply_key_set() {
  NativeFacts facts;
  door_.board.describe(facts);
  HttpText out = body();
  reply(200, out.add("{\"keyset\":").add(facts.key_set).add("}"));
}

void NativeDevice::wait_for_event(Instant now) {
  if (request_.wait == 0 || door_.board.newest_event() > request_.after) return reply_events();
  const std::uint64_t seconds = std::min(request_.wait, kNativeMostWait);
  event_until_ = now + Millis{static_cast<Millis::rep>(seconds * 1000)};
  since_ = now;
  state_ = State::waiting;
}

void NativeDevice::reply_events() {
  state_ = State::head;
  HttpText out = body();
  write_events(out, door_.board, request_.after);
  reply(200, out);
}

void NativeDevice::reply(std::uint16_t status, const HttpText& body) {
  const bool closes = request_.closes || wish_ != NativeWish::none || unpairs_;
  HttpText head{reply_head_};
  body_size_ = status == 204 ? 0 : body.view().size();
  write_reply_head(head, status, body_size_, closes);
  head_size_ = head.view().size();
  sent_ = 0;
  if (closes) state_ = State::closing;
}

void NativeDevice::reply_need(std::uint16_t status) {
  HttpText out = body();
  write_need(out, door_.session);
  reply(status, out);
}

void NativeDevice::refuse(const Error& why) {
  HttpText out = body();
  write_error(out, why);
  reply(native_status(why), out);
}

// What is left of the body is not read: the connection ends after the reply.
void NativeDevice::refuse_unread(const Error& why) {
  request_.closes = true;
  outcome_ = why;
  refuse(why);
}

std::size_t NativeDevice::write_to(MutableBytes tx) {
  const bool in_head = sent_ < head_size_;
  const std::string_view part =
      in_head ? std::string_view(reply_head_.data(), head_size_).substr(sent_)
              : std::string_view(reply_body_.data(), body_size_).substr(sent_ - head_size_);
  const Bytes bytes = at_most(as_bytes(part), tx.size());
  std::ranges::copy(bytes, tx.begin());
  sent_ += bytes.size();
  return bytes.size();
}

void NativeDevice::on_waiting(Instant now) {
  if (std::exchange(idle_, true) || state_ == State::waiting) return;
  since_ = now;
}

void NativeDevice::on_peer_done(Instant now) { end(outcome_, now); }

void NativeDevice::on_lost(Instant now) { end(fail(Code::aborted, Where::link), now); }

void NativeDevice::end(const Result<>& outcome, Instant now) {
  if (over_) return;
  over_ = true;
  outcome_ = outcome;
  door_.session.leave(now);
}

std::optional<Instant> NativeDevice::deadline() const {
  if (over_ || state_ == State::closing) return std::nullopt;
  if (state_ == State::waiting) return std::min(*event_until_, since_ + kLookForEvents);
  const bool between = state_ == State::head && size_ == 0;
  if (!between) return since_ + kNativeStallMs;
  if (!served_) return since_ + kNativeHandshakeMs;
  return since_ + (quiet_ ? kNativeIdleMs : kNativeQuietMs);
}

void NativeDevice::on_deadline(Instant now) {
  if (state_ == State::waiting) {
    since_ = now;
    if (now >= *event_until_ || door_.board.newest_event() > request_.after) reply_events();
    return;
  }
  const bool between = state_ == State::head && size_ == 0;
  if (between && served_ && !quiet_) {
    quiet_ = true;
  } else if (between) {
    end(served_ ? Result<>{} : Result<>(fail(Code::timeout, Where::link)), now);
  } else {
    refuse_unread(fail(Code::timeout, Where::link));
  }
  leave_if_closing(now);
}

// Whoever connects next may go on with the session.
void NativeDevice::leave_if_closing(Instant now) {
  if (state_ == State::closing) door_.session.leave(now);
}

Phase NativeDevice::phase() const {
  const bool done = state_ == State::closing && !has_reply();
  return over_ || done ? Phase::closed : Phase::open;
}

}  // namespace updraft::link
