#include "protocols/raw/raw_receiver.hpp"

#include <algorithm>

#include "engine/crypto/aes.hpp"

namespace updraft::link {
// What happened.

void RawReceiver::on_bytes(Bytes rx, Instant now) {
  if (rx.empty()) return;
  stop_waiting(now);
  if (state_ == State::body && too_slow(rx.size())) {
    return give_up({Code::timeout, Where::link, received_});
  }
  if (state_ == State::head) rx = take_head(rx);
  if (state_ == State::body) take_body(rx);
}

void RawReceiver::on_peer_done(Instant) { end(End::done); }

void RawReceiver::on_lost(Instant) { end(End::lost); }

void RawReceiver::on_waiting(Instant now) {
  if (!waiting_since_) waiting_since_ = now;
  if (state_ == State::draining && !drain_until_) drain_until_ = now + kRawDrainMs;
}

void RawReceiver::on_deadline(Instant now) {
  if (silent(now)) return end(End::silence);
  if (now < time_limit()) return;
  if (state_ == State::draining) return end(End::lost);
  give_up({Code::timeout, Where::link, received_});
}

std::optional<Instant> RawReceiver::deadline() const {
  if (state_ == State::closed) return std::nullopt;
  if (!waiting_since_ || received_ == 0) return time_limit();
  return std::min(time_limit(), *waiting_since_ + kRawSilenceMs);
}

bool RawReceiver::proven() const {
  return state_ == State::body || (state_ == State::closed && outcome_.has_value());
}

// The stream.

Bytes RawReceiver::take_head(Bytes rx) {
  const auto before = static_cast<std::size_t>(received_);
  const Bytes part = rx.first(std::min(rx.size(), head_.size() - before));
  std::copy(part.begin(), part.end(), head_.begin() + static_cast<std::ptrdiff_t>(before));
  received_ += part.size();
  if (received_ == head_.size()) claim(head_);
  return rx.subspan(part.size());
}

void RawReceiver::claim(Bytes head) {
  attempted_ = true;
  const bool encrypted = config_.decryptor != nullptr;
  const Offer offer{.scheme = kRaw,
                    .link_encrypted = encrypted,
                    .padding = encrypted ? crypto::kAesBlock - 1 : 0,
                    .holder = this};
  if (const Result<> begun = intake_.begin(offer); !begun) return refuse(begun.error());
  if (config_.decryptor != nullptr) config_.decryptor->reset();
  state_ = State::body;
  waited_ = Millis{0};
  arrived_ = 0;
  if (const Result<> taken = hand_on(head); !taken) refuse(taken.error());
}

void RawReceiver::take_body(Bytes rx) {
  received_ += rx.size();
  const std::uint64_t limit = config_.slot_size + kRawMarginBytes;
  if (received_ > limit) {
    const Error why{Code::too_big, Where::link, received_, limit};
    intake_.abort(why);
    return refuse(why);
  }
  if (const Result<> taken = hand_on(rx); !taken) refuse(taken.error());
}

Result<> RawReceiver::hand_on(Bytes rx) {
  if (config_.decryptor == nullptr) return rx.empty() ? Result<>{} : intake_.write(rx);
  while (true) {
    const Bytes plain = config_.decryptor->next(rx);
    if (plain.empty()) return {};
    UPDRAFT_TRY(intake_.write(plain));
  }
}

// The ends.

void RawReceiver::end(End how) {
  if (state_ == State::head) end_in_head(how);
  if (state_ == State::body) outcome_ = end_in_body(how);
  state_ = State::closed;
}

// Fewer than 16 bytes came. The engine judges them, unless the client was lost: clients that are
// dropped because they were too slow are no updates.
void RawReceiver::end_in_head(End how) {
  if (received_ == 0) return turn_away({Code::payload_missing, Where::link});
  if (how == End::lost) return turn_away({Code::aborted, Where::link, received_});
  if (config_.decryptor != nullptr) {
    return turn_away({Code::size_mismatch, Where::link, received_, crypto::kAesBlock});
  }
  claim(Bytes(head_).first(static_cast<std::size_t>(received_)));
}

void RawReceiver::turn_away(const Error& why) {
  attempted_ = config_.fetches;
  if (attempted_) intake_.never_began(kRaw, why);
  outcome_ = why;
  state_ = State::closed;
}

Result<> RawReceiver::end_in_body(End how) {
  if (config_.decryptor != nullptr && received_ % crypto::kAesBlock != 0) {
    const Error why{Code::size_mismatch, Where::link, received_,
                    align_up(received_, crypto::kAesBlock)};
    intake_.abort(why);
    return why;
  }
  const PayloadEnd ended = how == End::silence ? PayloadEnd::silence : PayloadEnd::told;
  return outcome_of(intake_.finish(ended));
}

void RawReceiver::refuse(const Error& why) {
  outcome_ = why;
  state_ = State::draining;
}

void RawReceiver::give_up(const Error& why) {
  if (state_ == State::head) return turn_away(why);
  if (state_ == State::body) intake_.abort(why);
  outcome_ = why;
  state_ = State::closed;
}

// The clock.

void RawReceiver::stop_waiting(Instant now) {
  if (waiting_since_) waited_ += now - *waiting_since_;
  waiting_since_.reset();
}

// Silence ends a session anyway, so it is enough to look when bytes arrive.
bool RawReceiver::too_slow(std::size_t arrived) {
  arrived_ += arrived;
  if (waited_ < kRawRateMs) return false;
  const std::uint64_t least = kRawMinRate * static_cast<std::uint64_t>(waited_.count()) / 1000;
  const bool slow = arrived_ < least;
  waited_ = Millis{0};
  arrived_ = 0;
  return slow;
}

bool RawReceiver::silent(Instant now) const {
  return received_ > 0 && waiting_since_ && now - *waiting_since_ >= kRawSilenceMs;
}

Instant RawReceiver::time_limit() const {
  if (state_ == State::head) return started_ + kRawFirstByteMs;
  const Instant total = started_ + kRawTotalMs;
  return drain_until_ ? std::min(*drain_until_, total) : total;
}

}  // namespace updraft::link
