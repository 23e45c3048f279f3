#include "protocols/ws/ws_login.hpp"

#include <utility>

#include "engine/core/hex.hpp"

namespace updraft::link {

WsLogin::Says PasswordLogin::on_open(Instant now) { return ask(now); }

WsLogin::Says PasswordLogin::ask(Instant now) {
  if (guards_.locked(config_.from, now)) return {.word = WsWord::login_locked, .closes = true};
  waits_ = now < guards_.opens_at(config_.from);
  if (waits_) return {.word = WsWord::login_wait};
  challenge_ = make_challenge(config_.random);
  std::array<std::byte, kChallengeChars / 2> bits{};
  (void)read_hex(as_text(*challenge_), bits);
  return {.word = WsWord::login_challenge, .number = load_le32(bits, 0)};
}

WsLogin::Says PasswordLogin::on_answer(const std::optional<Answer>& answer, Instant now) {
  if (passed_) return {.word = WsWord::login_ok};
  if (guards_.locked(config_.from, now)) return {.word = WsWord::login_locked, .closes = true};
  const std::optional<Challenge> challenge = std::exchange(challenge_, std::nullopt);
  if (!challenge || !answer || !is_answer(*answer, *challenge, config_.password)) return wrong(now);
  guards_.on_success(config_.from, now);
  passed_ = true;
  return {.word = WsWord::login_ok};
}

WsLogin::Says PasswordLogin::wrong(Instant now) {
  guards_.on_failure(config_.from, now);
  waits_ = true;
  return {.word = WsWord::login_wrong, .closes = ++tries_ >= kLoginTries};
}

std::optional<Instant> PasswordLogin::deadline() const {
  if (!waits_) return std::nullopt;
  return guards_.opens_at(config_.from);
}

}  // namespace updraft::link
