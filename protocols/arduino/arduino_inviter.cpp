#include "protocols/arduino/arduino_inviter.hpp"

#include <algorithm>
#include <utility>

#include "engine/core/hex.hpp"

namespace updraft::link {

// What happened.

void ArduinoInviter::on_datagram(const PeerAddress& from, Bytes bytes, Instant now) {
  if (over() || from.ip != config_.device.ip || from.port != config_.device.port) return;
  heard_ = true;
  const std::string_view text = as_text(bytes);
  if (text == kArduinoOk) {
    accepted_ = true;
    state_ = State::accepted;
    next_ = Next::nothing;
    due_ = now + kArduinoCallMs;
  } else if (text.starts_with(kArduinoAuth)) {
    take_nonce(text.substr(kArduinoAuth.size()), now);
  } else if (text == kArduinoWrong) {
    take_wrong(now);
  } else {
    take_words(text);
  }
}

void ArduinoInviter::on_deadline(Instant now) {
  if (over() || now < due_) return;
  if (state_ == State::accepted) return end(fail(Code::timeout, Where::link));
  if (state_ == State::answering) last_ = fail(Code::timeout, Where::link);
  invite(now);
}

void ArduinoInviter::invite(Instant now) {
  if (invited_ == config_.tries) return end(last_);
  ++invited_;
  state_ = State::inviting;
  next_ = Next::invitation;
  due_ = now + kArduinoInviteMs;
}

// Also a second one: the device has heard an invitation that was on its way for long.
void ArduinoInviter::take_nonce(std::string_view nonce, Instant now) {
  if (state_ == State::accepted) return;
  if (!is_arduino_nonce(nonce)) return end(fail(Code::protocol, Where::link, nonce.size()));
  if (config_.password.empty()) return end(fail(Code::auth_failed, Where::link));
  const bool legacy = nonce.size() == kArduinoLegacyChars;
  form_ = legacy                 ? ArduinoForm::legacy
          : config_.md5_password ? ArduinoForm::md5_password
                                 : ArduinoForm::current;
  nonce_ = ArduinoHex(nonce);
  std::array<std::byte, kArduinoCurrentChars / 2> bits;
  std::array<std::byte, kArduinoCurrentChars> hex;
  config_.random(bits);
  write_hex(bits, hex);
  cnonce_ = ArduinoHex(Bytes(hex).first(nonce.size()));
  state_ = State::answering;
  next_ = Next::proof;
  answered_ = true;
  due_ = now + (invited_ < config_.tries ? kArduinoAgainMs : kArduinoAnswerMs);
}

void ArduinoInviter::take_wrong(Instant now) {
  if (!std::exchange(answered_, false)) return;
  if (form_ != ArduinoForm::current) return end(fail(Code::auth_failed, Where::link));
  config_.md5_password = true;
  last_ = fail(Code::auth_failed, Where::link);
  config_.tries = std::max(config_.tries, invited_ + 3);  // one for this, two that may be lost
  invite(now);
}

// One that may take the image later is invited again.
void ArduinoInviter::take_words(std::string_view words) {
  if (state_ == State::accepted) return;
  said_ = Text<kArduinoLineBytes>(words);
  last_ = parse_arduino_refusal(words);
  if (verdict(last_.error().code) == Verdict::refused) end(last_);
}

void ArduinoInviter::end(const Result<>& outcome) {
  outcome_ = outcome;
  state_ = State::over;
  next_ = Next::nothing;
}

// What is said.

std::optional<DatagramLink::Datagram> ArduinoInviter::write_to(MutableBytes tx) {
  switch (std::exchange(next_, Next::nothing)) {
    case Next::invitation:
      return Datagram{config_.device, write_arduino_invitation(config_.invitation, tx)};
    case Next::proof: {
      const ArduinoHex response =
          arduino_response(*form_, config_.password, nonce_.view(), cnonce_.view());
      return Datagram{
          config_.device,
          write_arduino_proof({.cnonce = cnonce_.view(), .response = response.view()}, tx)};
    }
    case Next::nothing:
      break;
  }
  return std::nullopt;
}

std::optional<Instant> ArduinoInviter::deadline() const {
  return over() ? std::nullopt : std::optional(due_);
}

}  // namespace updraft::link
