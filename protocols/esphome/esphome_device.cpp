#include "protocols/esphome/esphome_device.hpp"

#include <algorithm>

#include "engine/core/hex.hpp"

namespace updraft::link {

// What happened.

void EsphomeDevice::on_connected(Instant now) { started_ = now; }

void EsphomeDevice::on_bytes(Bytes rx, Instant now) {
  const bool slow = too_slow(rx.size(), now);
  if (slow && state_ == State::data)
    return refuse({Code::timeout, Where::link, size_ - left_}, now);
  while (!rx.empty()) {
    if (state_ == State::data) {
      take_data(rx, now);
      continue;
    }
    if (state_ == State::last) return end({Code::aborted, Where::link});
    const std::size_t want = wanted();
    if (want == 0) return;  // nobody asked for it
    const Bytes part = at_most(rx, want - field_size_);
    std::ranges::copy(part, field_.begin() + static_cast<std::ptrdiff_t>(field_size_));
    field_size_ += part.size();
    rx = rx.subspan(part.size());
    if (field_size_ == want) take_field(now);
  }
}

void EsphomeDevice::on_peer_done(Instant now) { on_lost(now); }

void EsphomeDevice::on_lost(Instant) { end({Code::aborted, Where::link, size_ - left_, size_}); }

void EsphomeDevice::on_waiting(Instant now) {
  if (!waiting_since_) waiting_since_ = now;
}

void EsphomeDevice::on_deadline(Instant now) {
  const std::optional<Instant> due = deadline();
  if (!due || now < *due) return;
  if (state_ == State::draining || state_ == State::last) {
    return end({Code::timeout, Where::link});
  }
  if (state_ == State::waiting && now < started_ + kEsphomeGreetingMs) return ask(now);
  refuse({Code::timeout, Where::link, size_ - left_}, now);
}

std::size_t EsphomeDevice::write_to(MutableBytes tx) {
  if (blocks_due_ > 0) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(blocks_due_, tx.size()));
    std::ranges::fill(tx.first(size), static_cast<std::byte>(EsphomeSays::block));
    blocks_due_ -= size;
    return size;
  }
  const Bytes part = at_most(Bytes(words_).first(words_size_).subspan(words_sent_), tx.size());
  std::ranges::copy(part, tx.begin());
  words_sent_ += part.size();
  if (words_sent_ == words_size_) words_sent_ = words_size_ = 0;
  return part.size();
}

std::optional<Instant> EsphomeDevice::deadline() const {
  const Instant greeting = started_ + kEsphomeGreetingMs, total = started_ + kEsphomeTotalMs;
  const auto silent = [&](Millis patience) {
    return waiting_since_ ? std::min(total, *waiting_since_ + patience) : total;
  };
  switch (state_) {
    case State::closed:
      return std::nullopt;
    case State::waiting:
      return std::min(greeting, std::max(started_, guards_.opens_at(config_.from)));
    case State::data:
      return silent(kEsphomeSilenceMs);
    case State::last:
      return silent(kEsphomeLastMs);
    case State::draining:
      return silent(kEsphomeDrainMs);
    default:
      return greeting;
  }
}

Phase EsphomeDevice::phase() const {
  if (state_ == State::closed) return Phase::closed;
  return state_ == State::draining ? Phase::half_closed : Phase::open;
}

// The fields before the data.

std::size_t EsphomeDevice::wanted() const {
  switch (state_) {
    case State::magic:
      return kEsphomeMagic.size();
    case State::features:
    case State::type:
      return 1;
    case State::cnonce:
      return 2 * esphome_chars(hash_);
    case State::length:
      return 4;
    case State::md5:
      return 32;
    default:
      return 0;
  }
}

void EsphomeDevice::take_field(Instant now) {
  const Bytes field = Bytes(field_).first(field_size_);
  field_size_ = 0;
  switch (state_) {
    case State::magic:
      if (load_be(field) != load_be(kEsphomeMagic)) {
        return refuse({Code::protocol, Where::link}, now);
      }
      greeted_ = true;
      state_ = State::features;
      say(EsphomeSays::ok);
      return say(std::array{static_cast<std::byte>(config_.version)});
    case State::features:
      return take_features(now);
    case State::cnonce:
      return take_answer(now);
    case State::type:
      if (load_u8(field, 0) != 0) return refuse({Code::component_unknown, Where::device}, now);
      state_ = State::length;
      return;
    case State::length:
      return take_length(now);
    case State::md5:
      return take_md5(now);
    default:
      return;
  }
}

void EsphomeDevice::take_features(Instant now) {
  const std::uint8_t can = load_u8(field_, 0);
  extended_ = (can & kEsphomeExtended) != 0 && !config_.legacy && config_.version >= 2;
  hash_ = (can & kEsphomeSha256) != 0 && !config_.legacy ? EsphomeHash::sha256 : EsphomeHash::md5;
  if (config_.noise && (!extended_ || (can & kEsphomeNoise) == 0)) {
    return refuse({Code::alg_unsupported, Where::link}, now);
  }
  say(extended_ ? EsphomeSays::header_extended : EsphomeSays::header);
  if (extended_) say(std::array{std::byte{config_.noise ? kEsphomeOffersNoise : std::uint8_t{0}}});
  proved_ = config_.noise;  // what comes from now on was sealed with the key
  if (config_.noise || config_.password.empty()) return go_on();
  state_ = State::waiting;
  if (now >= guards_.opens_at(config_.from) || guards_.locked(config_.from, now)) ask(now);
}

void EsphomeDevice::ask(Instant now) {
  if (guards_.locked(config_.from, now)) {
    attempted_ = true;
    return refuse({Code::locked, Where::link}, now);
  }
  std::array<std::byte, 32> bits;
  std::array<std::byte, 64> hex;
  config_.random(bits);
  write_hex(bits, hex);
  nonce_ = EsphomeHex(Bytes(hex).first(esphome_chars(hash_)));
  say(hash_ == EsphomeHash::md5 ? EsphomeSays::asks_md5 : EsphomeSays::asks_sha256);
  say(as_bytes(nonce_.view()));
  state_ = State::cnonce;
}

void EsphomeDevice::take_answer(Instant now) {
  attempted_ = true;
  const std::size_t chars = esphome_chars(hash_);
  const std::string_view text = as_text(field_);
  if (guards_.locked(config_.from, now)) return refuse({Code::locked, Where::link}, now);
  if (!is_esphome_result(text.substr(chars, chars), hash_, config_.password, nonce_.view(),
                         text.substr(0, chars))) {
    guards_.on_failure(config_.from, now);
    return refuse({Code::auth_failed, Where::link}, now);
  }
  guards_.on_success(config_.from, now);
  proved_ = true;
  go_on();
}

void EsphomeDevice::go_on() {
  say(EsphomeSays::go_on);
  state_ = extended_ ? State::type : State::length;
}

void EsphomeDevice::take_length(Instant now) {
  attempted_ = true;
  size_ = left_ = load_be(Bytes(field_).first(4));
  if (size_ == 0) return refuse({Code::payload_missing, Where::link}, now);
  announced_ = true;  // whatever comes of it, the engine tells
  if (const Result<> welcome =
          claim_.announce({.scheme = kEsphome, .size = size_, .sender_proved = proved_});
      !welcome) {
    return refuse(welcome.error(), now);
  }
  say(EsphomeSays::prepared);
  state_ = State::md5;
}

void EsphomeDevice::take_md5(Instant now) {
  if (!read_hex(as_text(Bytes(field_).first(32)), announced_md5_)) {
    return refuse({Code::protocol, Where::link}, now);
  }
  say(EsphomeSays::md5_noted);
  state_ = State::data;
}

// The data.

void EsphomeDevice::take_data(Bytes& rx, Instant now) {
  const Bytes part = at_most(rx, left_);
  rx = rx.subspan(part.size());
  md5_.update(part);
  const std::uint64_t before = (size_ - left_) / kEsphomeBlock;
  left_ -= part.size();
  if (const Result<> taken = claim_.write(part); !taken) return refuse(taken.error(), now);
  const std::uint64_t whole = (size_ - left_) / kEsphomeBlock;
  const bool rest = left_ == 0 && size_ % kEsphomeBlock != 0;
  if (config_.version >= 2) blocks_due_ += whole - before + (rest ? 1 : 0);
  if (left_ == 0) finish(now);
}

void EsphomeDevice::finish(Instant now) {
  say(EsphomeSays::received);
  if (md5_.finish() != announced_md5_) return refuse({Code::digest_mismatch, Where::link}, now);
  outcome_ = outcome_of(claim_.finish());
  if (!outcome_) return refuse(outcome_.error(), now);
  say(EsphomeSays::installed);
  state_ = State::last;
  waiting_since_.reset();
}

// The ends.

void EsphomeDevice::say(EsphomeSays what) { say(std::array{static_cast<std::byte>(what)}); }

void EsphomeDevice::say(Bytes bytes) {
  bytes = at_most(bytes, words_.size() - words_size_);
  std::ranges::copy(bytes, words_.begin() + static_cast<std::ptrdiff_t>(words_size_));
  words_size_ += bytes.size();
}

void EsphomeDevice::refuse(const Error& why, Instant) {
  outcome_ = why;
  tell(why);
  say(esphome_byte(why));
  state_ = State::draining;
  waiting_since_.reset();
}

void EsphomeDevice::end(const Error& why) {
  if (state_ == State::closed) return;
  if (state_ != State::draining && state_ != State::last) {
    outcome_ = why;
    tell(why);
  }
  state_ = State::closed;
}

void EsphomeDevice::tell(const Error& why) {
  if (announced_) return claim_.abort(why);
  if (attempted_) engine_.never_began(kEsphome, why);
}

// As raw TCP measures it: waiting alone counts, not work on flash.
bool EsphomeDevice::too_slow(std::size_t arrived, Instant now) {
  if (waiting_since_) waited_ += now - *waiting_since_;
  if (state_ != State::draining) waiting_since_.reset();
  arrived_ += arrived;
  if (state_ != State::data || waited_ < kEsphomeRateMs) return false;
  const std::uint64_t least = kEsphomeMinRate * static_cast<std::uint64_t>(waited_.count()) / 1000;
  const bool slow = arrived_ < least;
  waited_ = Millis{0};
  arrived_ = 0;
  return slow;
}

}  // namespace updraft::link
