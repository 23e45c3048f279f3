#include "protocols/arduino/arduino_download.hpp"

#include <algorithm>
#include <charconv>

namespace updraft::link {

ArduinoDownload::ArduinoDownload(Intake& engine, const ArduinoInvitation& invitation, bool proved,
                                 std::uint8_t target)
    : claim_(engine),
      invitation_(invitation),
      target_(target),
      proved_(proved),
      left_(invitation.size) {}

Result<> ArduinoDownload::announce() {
  if (invitation_.size == 0) return fail(Code::payload_missing, Where::link);
  return claim_.announce(
      {.scheme = kArduino, .size = invitation_.size, .sender_proved = proved_, .target = target_});
}

void ArduinoDownload::never_called(const Error& why) { claim_.abort(why); }

// What happened.

// What comes behind the image means nothing, as to the original.
void ArduinoDownload::on_bytes(Bytes rx, Instant now) {
  if (over() || rx.empty()) return;
  if (too_slow(rx.size(), now))
    return give_up({Code::timeout, Where::link, invitation_.size - left_});
  repeats_ = 0;
  const Bytes part = at_most(rx, left_);
  left_ -= part.size();
  md5_.update(part);
  last_ = part.size();
  count_due_ = true;
  if (const Result<> taken = claim_.write(part); !taken) return refuse(taken.error());
  if (left_ == 0) finish();
}

void ArduinoDownload::on_lost(Instant) {
  if (over()) return void(state_ = State::closed);
  give_up({Code::aborted, Where::link, invitation_.size - left_, invitation_.size});
}

void ArduinoDownload::on_waiting(Instant now) {
  if (!waiting_since_) waiting_since_ = now;
}

void ArduinoDownload::on_deadline(Instant now) {
  const std::optional<Instant> due = deadline();
  if (!due || now < *due) return;
  if (state_ == State::refused) return void(state_ = State::closed);
  if (gives_way_) return give_up({Code::busy, Where::device});
  const bool silent = waiting_since_ && now >= *waiting_since_ + kArduinoSilenceMs;
  const bool in_time = now < started_ + kArduinoTotalMs &&
                       (claim_.has_engine() || now < started_ + kArduinoFirstBytesMs);
  if (!silent || !in_time || repeats_ == kArduinoRepeats) {
    return give_up({Code::timeout, Where::link, invitation_.size - left_});
  }
  ++repeats_;
  waited_ += now - *waiting_since_;
  waiting_since_ = now;
  count_due_ = last_ > 0;
}

std::optional<Instant> ArduinoDownload::deadline() const {
  if (state_ == State::closed) return std::nullopt;
  if (gives_way_) return Instant::min();
  if (state_ == State::refused) {
    return waiting_since_ ? *waiting_since_ + kArduinoRefusedMs : started_ + kArduinoTotalMs;
  }
  const Instant total = started_ + (claim_.has_engine() ? kArduinoTotalMs : kArduinoFirstBytesMs);
  return waiting_since_ ? std::min(total, *waiting_since_ + kArduinoSilenceMs) : total;
}

std::size_t ArduinoDownload::write_to(MutableBytes tx) {
  if (count_due_ && !tx.empty()) {
    count_due_ = false;
    auto* const out = reinterpret_cast<char*>(tx.data());
    const auto made = std::to_chars(out, out + tx.size(), last_);
    return made.ec == std::errc{} ? static_cast<std::size_t>(made.ptr - out) : 0;
  }
  const Bytes part = at_most(Bytes(words_).first(words_size_).subspan(words_sent_), tx.size());
  std::ranges::copy(part, tx.begin());
  words_sent_ += part.size();
  return part.size();
}

// The ends.

void ArduinoDownload::finish() {
  if (md5_.finish() != invitation_.md5) {
    const Error why{Code::digest_mismatch, Where::link};
    claim_.abort(why);
    return refuse(why);
  }
  const Result<> finished = outcome_of(claim_.finish());
  if (!finished) return refuse(finished.error());
  end({}, State::closed);
}

void ArduinoDownload::refuse(const Error& why) {
  waiting_since_.reset();
  end(why, State::refused);
}

void ArduinoDownload::give_up(const Error& why) {
  claim_.abort(why);
  end(why, State::closed);
}

void ArduinoDownload::end(const Result<>& outcome, State state) {
  state_ = state;
  outcome_ = outcome;
  if (outcome) {
    std::ranges::copy(as_bytes(kArduinoOk), words_.begin());
    words_size_ = kArduinoOk.size();
    return;
  }
  words_size_ =
      write_arduino_refusal(outcome.error(), MutableBytes(words_).first(words_.size() - 1));
  words_[words_size_++] = std::byte{'\n'};
}

// As raw TCP measures it: waiting alone counts, not work on flash.
bool ArduinoDownload::too_slow(std::size_t arrived, Instant now) {
  if (waiting_since_) waited_ += now - *waiting_since_;
  waiting_since_.reset();
  arrived_ += arrived;
  if (waited_ < kArduinoRateMs) return false;
  const std::uint64_t least = kArduinoMinRate * static_cast<std::uint64_t>(waited_.count()) / 1000;
  const bool slow = arrived_ < least;
  waited_ = Millis{0};
  arrived_ = 0;
  return slow;
}

}  // namespace updraft::link
