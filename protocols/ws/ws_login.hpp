// The login of ws:// where the product sets a password: the twin of protocols/ws/SPEC.md section 8.
// One for each connection; a device without a password has none, and links none of it.
//
//   device -> otaLogin, a challenge   or "wait": one comes when the guard opens; or "locked"
//   client -> otaLogin, its answer    SHA-256(challenge + password), never the password
//   device -> otaLogin, "ok"          or "wrong", and another challenge a second later
//
// A challenge is good for one answer. After kLoginTries wrong ones, or if that place is locked, the
// device closes (1008).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "protocols/link/login.hpp"
#include "protocols/ws/ws_words.hpp"

namespace updraft::link {

class WsLogin {
 public:
  struct Says {
    WsWord word;
    std::uint64_t number = 0;
    bool closes = false;
  };
  virtual Says on_open(Instant now) = 0;
  // nullopt: it has no such answer. What nobody asked for is wrong.
  virtual Says on_answer(const std::optional<Answer>& answer, Instant now) = 0;
  virtual std::optional<Instant> deadline() const = 0;  // of the next challenge
  virtual Says on_deadline(Instant now) = 0;
  virtual bool passed() const = 0;

 protected:
  ~WsLogin() = default;
};

class PasswordLogin final : public WsLogin {
 public:
  struct Config {
    std::string_view password;  // not empty; outlives it
    Origin from = kSomewhere;   // where the client is
    crypto::RandomSource random = &crypto::random_bytes;
  };
  // The guards are shared by all connections, and outlive them.
  PasswordLogin(LoginGuards& guards, const Config& config) : guards_(guards), config_(config) {}

  Says on_open(Instant now) override;
  Says on_answer(const std::optional<Answer>& answer, Instant now) override;
  std::optional<Instant> deadline() const override;
  Says on_deadline(Instant now) override { return ask(now); }
  bool passed() const override { return passed_; }

 private:
  Says ask(Instant now);
  Says wrong(Instant now);

  LoginGuards& guards_;
  Config config_;
  std::optional<Challenge> challenge_;  // that waits for its answer
  bool waits_ = false;                  // for the guard, to be asked
  bool passed_ = false;
  unsigned tries_ = 0;
};

}  // namespace updraft::link
