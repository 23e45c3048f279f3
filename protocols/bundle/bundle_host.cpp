#include "protocols/bundle/bundle_host.hpp"

#include <algorithm>

namespace updraft::link {
namespace {

constexpr std::uint64_t kMetadataStep = 7, kContentStep = 9;  // of the exchange

bool may_become(std::string_view heard, std::string_view word) { return word.starts_with(heard); }

// "       360"
std::array<std::byte, 10> length_field(std::size_t value) {
  std::array<std::byte, 10> field;
  field.fill(std::byte{' '});
  for (std::size_t at = field.size(); at-- > 0 && value > 0; value /= 10) {
    field[at] = static_cast<std::byte>('0' + value % 10);
  }
  return field;
}

}  // namespace

BundleHost::BundleHost(std::string_view password, Bytes metadata, Source& stream)
    : password_(password),
      metadata_(metadata),
      stream_(stream),
      length_(length_field(metadata.size())) {}

void BundleHost::on_bytes(Bytes rx, Instant now) {
  for (const std::byte byte : rx) {
    if (state_ == State::closed) return;
    const State before = state_;
    if (!take(byte)) close(fail(Code::protocol, Where::link));
    if (state_ == before) continue;
    asked_at_ = now;
    pace_.begin(now);
  }
}

bool BundleHost::take(std::byte byte) {
  heard_[heard_size_++] = static_cast<char>(byte);
  const std::string_view heard(heard_.data(), heard_size_);
  switch (state_) {
    case State::challenge:
      if (heard == "LOCKED") return close(fail(Code::locked, Where::link));
      return heard_size_ < kChallengeChars || answer();
    case State::login:
      if (heard == "LOCKED") return close(fail(Code::locked, Where::link));
      if (heard == "AUTH_FAIL") return close(fail(Code::auth_failed, Where::link));
      if (heard == "OK") return say(length_, State::length);
      return may_become(heard, "OK") || may_become(heard, "AUTH_FAIL") ||
             may_become(heard, "LOCKED");
    case State::length:
    case State::metadata:
      if (heard == "FAIL") return close(fail(Code::not_wanted, Where::link, kMetadataStep));
      if (heard == "BUSY") return close(fail(Code::busy, Where::link));
      if (heard != "OK") {
        return may_become(heard, "OK") || may_become(heard, "FAIL") || may_become(heard, "BUSY");
      }
      return state_ == State::length ? say(metadata_, State::metadata) : say({}, State::result);
    case State::result:
      if (heard == "FAIL") return close(fail(Code::not_wanted, Where::link, kContentStep));
      if (heard == "BUSY") return close(fail(Code::rescue_first, Where::device));
      if (heard == "UPDATE_SUCCESS") return sent_ == total() && close({});
      return may_become(heard, "UPDATE_SUCCESS") || may_become(heard, "FAIL") ||
             may_become(heard, "BUSY");
    case State::closed:
      break;
  }
  return true;
}

bool BundleHost::answer() {
  Challenge challenge;
  std::ranges::copy(as_bytes({heard_.data(), kChallengeChars}), challenge.begin());
  answer_ = answer_to(challenge, password_);
  return say(answer_, State::login);
}

// Also when the device closes in order: it had not said how it went.
void BundleHost::on_lost(Instant) {
  if (state_ != State::closed) close(fail(Code::aborted, Where::link, sent_, total()));
}

void BundleHost::on_waiting(Instant now) { pace_.moved(sent_, total(), now); }

void BundleHost::on_deadline(Instant now) {
  const auto due = deadline();
  if (due && now >= *due) close(fail(Code::timeout, Where::link, sent_, total()));
}

std::optional<Instant> BundleHost::deadline() const {
  if (state_ == State::closed) return std::nullopt;
  if (state_ != State::result) return asked_at_ + kBundleAnswerMs;
  return sent_ == total() ? pace_.since() + kBundleResultMs : pace_.deadline();
}

std::size_t BundleHost::write_to(MutableBytes tx) {
  if (state_ == State::closed) return 0;
  if (!to_say_.empty()) {
    const Bytes part = to_say_.first(std::min(to_say_.size(), tx.size()));
    std::ranges::copy(part, tx.begin());
    to_say_ = to_say_.subspan(part.size());
    return part.size();
  }
  if (state_ != State::result || sent_ == total()) return 0;
  const std::size_t size = stream_.read(tx);
  if (size == 0) close(fail(Code::size_mismatch, Where::link, sent_, total()));
  sent_ += size;
  return size;
}

// An answer that comes before its question is not taken as one.
bool BundleHost::say(Bytes words, State next) {
  if (!to_say_.empty()) return false;
  to_say_ = words;
  heard_size_ = 0;
  state_ = next;
  return true;
}

bool BundleHost::close(Result<> outcome) {
  outcome_ = outcome;
  state_ = State::closed;
  return true;
}

}  // namespace updraft::link
