#include "protocols/esphome/esphome_host.hpp"

#include <algorithm>

#include "engine/core/hex.hpp"
#include "engine/crypto/md5.hpp"

namespace updraft::link {

// What happened.

void EsphomeHost::on_connected(Instant now) {
  asked_at_ = now;
  say(kEsphomeMagic, State::greeting);
}

void EsphomeHost::on_bytes(Bytes rx, Instant now) {
  for (const std::byte byte : rx) {
    if (state_ == State::closed) return;
    const State before = state_;
    take(std::to_integer<std::uint8_t>(byte));
    if (state_ == before) continue;
    asked_at_ = now;
    if (state_ == State::data) pace_.begin(now);
  }
}

// An error byte may come in the place of any answer. What another update, or a trial, keeps from
// being prepared is said before the data; during them, only a device with a rescue app says it.
void EsphomeHost::take(std::uint8_t byte) {
  const bool begun = state_ == State::data || state_ == State::installed;
  if (begun && byte == static_cast<std::uint8_t>(EsphomeSays::not_prepared)) {
    return close(fail(Code::rescue_first, Where::device, byte));
  }
  if (is_esphome_error(byte)) return close(esphome_error(byte));
  switch (state_) {
    case State::greeting:
      if (!has_head_) return void(has_head_ = is(byte, EsphomeSays::ok));
      version_ = byte;
      if (byte != 1 && byte != 2) return close(fail(Code::protocol, Where::link, byte));
      return say(
          std::array{static_cast<std::byte>(kEsphomeGzip | kEsphomeSha256 | kEsphomeExtended |
                                            (noise_ ? kEsphomeNoise : 0))},
          State::header);
    case State::header:
      return take_header(byte);
    case State::features:  // nothing is asked of the others
      if (noise_ && (byte & kEsphomeOffersNoise) == 0) {
        return close(fail(Code::alg_unsupported, Where::link));
      }
      state_ = State::login;
      return;
    case State::login:
      return take_login(byte);
    case State::nonce:
      return take_nonce(byte);
    case State::result:
      if (is(byte, EsphomeSays::go_on)) announce();
      return;
    case State::prepared:
      if (is(byte, EsphomeSays::prepared)) name_md5();
      return;
    case State::noted:
      if (is(byte, EsphomeSays::md5_noted)) state_ = State::data;
      return;
    case State::data:
      return take_data_word(byte);
    case State::installed:
      if (!is(byte, EsphomeSays::installed)) return;
      say(std::array{std::byte{0}}, State::closed);
      return close({});
    case State::closed:
      return;
  }
}

bool EsphomeHost::is(std::uint8_t byte, EsphomeSays what) {
  if (byte == static_cast<std::uint8_t>(what)) return true;
  close(fail(Code::protocol, Where::link, byte));
  return false;
}

void EsphomeHost::take_header(std::uint8_t byte) {
  const auto says = static_cast<EsphomeSays>(byte);
  extended_ = says == EsphomeSays::header_extended;
  gzip_ = says == EsphomeSays::header_gzip;
  if (!extended_ && !gzip_ && !is(byte, EsphomeSays::header)) return;
  if (noise_ && !extended_) return close(fail(Code::alg_unsupported, Where::link));
  state_ = extended_ ? State::features : State::login;
}

void EsphomeHost::take_login(std::uint8_t byte) {
  const auto says = static_cast<EsphomeSays>(byte);
  if (says == EsphomeSays::go_on) return announce();
  if (says == EsphomeSays::asks_md5) hash_ = EsphomeHash::md5;
  if (says == EsphomeSays::asks_sha256) hash_ = EsphomeHash::sha256;
  if (!hash_) return close(fail(Code::protocol, Where::link, byte));
  if (password_.empty()) return close(fail(Code::auth_failed, Where::link));
  state_ = State::nonce;
}

void EsphomeHost::take_nonce(std::uint8_t byte) {
  nonce_[nonce_size_++] = std::byte{byte};
  const std::size_t chars = esphome_chars(*hash_);
  if (nonce_size_ < chars) return;
  const std::string_view nonce = as_text(nonce_).substr(0, chars);
  if (!is_hex(nonce, chars / 2)) return close(fail(Code::protocol, Where::link));
  std::array<std::byte, 32> bits;
  std::array<std::byte, 64> hex;
  random_(bits);
  write_hex(bits, hex);
  const std::string_view cnonce = as_text(hex).substr(0, chars);
  const EsphomeHex result = esphome_result(*hash_, password_, nonce, cnonce);
  std::array<std::byte, 128> both;
  const auto end = std::ranges::copy(as_bytes(cnonce), both.begin()).out;
  std::ranges::copy(as_bytes(result.view()), end);
  say(Bytes(both).first(2 * chars), State::result);
}

// The type, where there is one, and the length.
void EsphomeHost::announce() {
  data_ = gzip_ ? payload_.gzipped() : payload_.plain();
  if (data_.size() > kEsphomeMostBytes) {
    return close(fail(Code::too_big, Where::link, data_.size(), kEsphomeMostBytes));
  }
  std::array<std::byte, 5> field{};
  store_be(MutableBytes(field).last(4), data_.size());
  say(extended_ ? Bytes(field) : Bytes(field).last(4), State::prepared);
}

void EsphomeHost::name_md5() {
  crypto::Md5 hash;
  hash.update(data_);
  std::array<std::byte, 32> hex;
  write_hex(hash.finish(), hex);
  say(hex, State::noted);
}

void EsphomeHost::take_data_word(std::uint8_t byte) {
  const auto says = static_cast<EsphomeSays>(byte);
  if (says == EsphomeSays::block && version_ >= 2) return;
  if (says == EsphomeSays::received && sent_ == data_.size()) {
    state_ = State::installed;
    return;
  }
  close(fail(Code::protocol, Where::link, byte));
}

void EsphomeHost::on_lost(Instant) {
  if (state_ != State::closed) close(fail(Code::aborted, Where::link, sent_, data_.size()));
}

void EsphomeHost::on_deadline(Instant now) {
  const auto due = deadline();
  if (due && now >= *due) close(fail(Code::timeout, Where::link, sent_, data_.size()));
}

std::optional<Instant> EsphomeHost::deadline() const {
  if (state_ == State::closed) return std::nullopt;
  if (state_ != State::data && state_ != State::installed) return asked_at_ + kEsphomeAnswerMs;
  return sent_ == data_.size() ? std::max(asked_at_, pace_.since()) + kEsphomeResultMs
                               : pace_.deadline();
}

// What is said.

std::size_t EsphomeHost::write_to(MutableBytes tx) {
  if (words_sent_ < words_size_) {
    const Bytes part = at_most(Bytes(words_).first(words_size_).subspan(words_sent_), tx.size());
    std::ranges::copy(part, tx.begin());
    words_sent_ += part.size();
    return part.size();
  }
  if (state_ != State::data) return 0;
  const Bytes part = at_most(data_.subspan(static_cast<std::size_t>(sent_)), tx.size());
  std::ranges::copy(part, tx.begin());
  sent_ += part.size();
  return part.size();
}

// An answer to what was not said yet is none.
void EsphomeHost::say(Bytes bytes, State next) {
  if (words_sent_ < words_size_) return close(fail(Code::protocol, Where::link));
  std::ranges::copy(bytes, words_.begin());
  words_size_ = bytes.size();
  words_sent_ = 0;
  state_ = next;
}

void EsphomeHost::close(const Result<>& outcome) {
  outcome_ = outcome;
  state_ = State::closed;
}

}  // namespace updraft::link
