#include "protocols/bundle/bundle_device.hpp"

#include <algorithm>

namespace updraft::link {

BundleDevice::~BundleDevice() { let_go(); }

// What happened.

void BundleDevice::on_connected(Instant now) {
  started_ = now;
  enter(State::waiting, now);
  if (locked(now) || now >= shared_.guards.opens_at(config_.from)) ask(now);
}

void BundleDevice::on_bytes(Bytes rx, Instant now) {
  if (state_ == State::stream) stepping_ = false;
  while (!rx.empty() && state_ != State::closed) {
    switch (state_) {
      case State::challenge:
        if (collect(rx, kAnswerChars)) take_answer(now);
        break;
      case State::length:
        if (collect(rx, kBundleLengthChars)) take_length(now);
        break;
      case State::metadata:
        take_metadata(rx, now);
        break;
      case State::stream:
        take_stream(rx, now);
        break;
      case State::draining:
        left_ -= std::min<std::uint64_t>(left_, rx.size());
        if (left_ == 0) fail_now(now);
        return;
      default:
        return;  // nobody asked for it
    }
  }
}

void BundleDevice::on_peer_done(Instant now) {
  if (state_ == State::draining) return fail_now(now);  // it may still listen
  end(gone());
}

void BundleDevice::on_lost(Instant) { end(gone()); }

// A client that leaves after a wrong password, as ours does, was not cut off.
Error BundleDevice::gone() const {
  if (!logged_in_ && tries_ > 0) return {Code::auth_failed, Where::link, tries_, kLoginTries};
  return {Code::aborted, Where::link, made_};
}

void BundleDevice::on_waiting(Instant now) {
  if (stepping_) return;
  stepping_ = true;
  step_since_ = now;
}

void BundleDevice::on_deadline(Instant now) {
  const std::optional<Instant> due = deadline();
  if (!due || now < *due) return;
  if (state_ == State::waiting && now < started_ + kBundleTotalMs) {
    return ask(now);
  }
  if (state_ == State::draining) return fail_now(now);
  if (state_ == State::parting) return end({Code::timeout, Where::link});
  left_ = 0;  // nothing more is coming
  refuse({Code::timeout, Where::link, made_}, now);
}

std::size_t BundleDevice::write_to(MutableBytes tx) {
  const std::string_view words(words_.data() + words_sent_, words_size_ - words_sent_);
  const Bytes part = as_bytes(words.substr(0, std::min(words.size(), tx.size())));
  std::copy(part.begin(), part.end(), tx.begin());
  words_sent_ += part.size();
  if (words_sent_ == words_size_) words_sent_ = words_size_ = 0;
  return part.size();
}

std::optional<Instant> BundleDevice::deadline() const {
  const Instant total = started_ + kBundleTotalMs;
  switch (state_) {
    case State::closed:
      return std::nullopt;
    case State::waiting:
      return std::min(total, std::max(started_, shared_.guards.opens_at(config_.from)));
    case State::draining:
      return stepping_ ? step_since_ + kBundleDrainMs : total + kBundleDrainMs;
    case State::parting:
      return stepping_ ? step_since_ + kBundlePartingMs : total + kBundleDrainMs;
    default:
      return stepping_ ? std::min(total, step_since_ + kBundleStepMs) : total;
  }
}

Phase BundleDevice::phase() const {
  if (state_ == State::closed) return Phase::closed;
  return state_ == State::parting ? Phase::half_closed : Phase::open;
}

// The login.

bool BundleDevice::collect(Bytes& rx, std::size_t size) {
  const Bytes part = rx.first(std::min(rx.size(), size - field_size_));
  std::copy(part.begin(), part.end(), field_.begin() + static_cast<std::ptrdiff_t>(field_size_));
  field_size_ += part.size();
  rx = rx.subspan(part.size());
  return field_size_ == size;
}

void BundleDevice::ask(Instant now) {
  if (locked(now)) return say_locked(now);
  challenge_ = make_challenge(config_.random);
  say(as_text(challenge_));
  enter(State::challenge, now);
}

void BundleDevice::take_answer(Instant now) {
  if (locked(now)) return say_locked(now);  // since it was asked, by others
  ++tries_;
  if (is_answer(field_, challenge_, config_.password)) {
    shared_.guards.on_success(config_.from, now);
    logged_in_ = true;
    say("OK");
    return enter(State::length, now);
  }
  shared_.guards.on_failure(config_.from, now);
  say("AUTH_FAIL");
  if (tries_ < kLoginTries && !locked(now)) return enter(State::waiting, now);
  part({Code::auth_failed, Where::link, tries_, kLoginTries}, now);
}

void BundleDevice::say_locked(Instant now) {
  say("LOCKED");
  part({Code::locked, Where::link, tries_, kLoginTries}, now);
}

void BundleDevice::part(const Error& why, Instant now) {
  outcome_ = why;
  end_session(why);
  enter(State::parting, now);
}

// The ends.

void BundleDevice::enter(State state, Instant now) {
  state_ = state;
  field_size_ = 0;
  step_since_ = now;
  // Work on flash is no silence of the client.
  stepping_ = state != State::stream && state != State::draining && state != State::parting;
}

void BundleDevice::say(std::string_view words) {
  words = words.substr(0, words_.size() - words_size_);
  std::ranges::copy(words, words_.begin() + static_cast<std::ptrdiff_t>(words_size_));
  words_size_ += words.size();
}

void BundleDevice::refuse(const Error& why, Instant now) {
  outcome_ = why;
  end_session(why);
  let_go();
  if (left_ == 0) return fail_now(now);
  enter(State::draining, now);
}

void BundleDevice::fail_now(Instant now) {
  const Code why = outcome_ ? Code::malformed : outcome_.error().code;
  const bool later = why == Code::busy || why == Code::rescue_first;
  if (logged_in_) say(later ? "BUSY" : "FAIL");
  enter(State::parting, now);
}

void BundleDevice::end(const Error& why) {
  if (state_ == State::closed) return;
  if (state_ != State::parting && state_ != State::draining) outcome_ = why;
  end_session(why);
  let_go();
  state_ = State::closed;
}

void BundleDevice::end_session(const Error& why) {
  if (session_ == Session::none && attempted()) intake_.never_began(kBundle, why);
  if (session_ == Session::open) intake_.abort(why);
  session_ = Session::over;
}

void BundleDevice::let_go() {
  if (!owns_shared_) return;
  shared_.inflater.release();
  shared_.taken = owns_shared_ = false;
}

}  // namespace updraft::link
