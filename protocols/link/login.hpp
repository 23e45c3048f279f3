// The login by password, the same for bundle:// (protocols/bundle/SPEC.md section 2, steps 1 to 3)
// and for the update page (protocols/ws/SPEC.md section 8).
//
//   device -> 8 lower-case hex digits      the challenge: 32 random bits
//   host   -> 64 hex digits                SHA-256(challenge text + password)
//
// The limits hold over all connections of a protocol, by where they come from: LoginGuards, shared.
// After a wrong answer nobody from there is asked for kLoginDelayMs; after kLoginLockAfter of them
// without a right one in between, nobody for kLoginLockMs: the device says that it is locked in
// place of a challenge. So who guesses locks out himself, and not the owner elsewhere.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "updraft/time.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/crypto/random.hpp"
#include "protocols/link/origin.hpp"

namespace updraft::link {

inline constexpr unsigned kLoginTries = 3;  // per connection
inline constexpr Millis kLoginDelayMs{1'000};
inline constexpr unsigned kLoginLockAfter = 10;
inline constexpr Millis kLoginLockMs{60'000};

// Places from which wrong answers are counted one by one. With all of them locked, the rest of the
// world is one more place: so nobody guesses faster by having many addresses.
inline constexpr std::size_t kLoginOrigins = 16;

inline constexpr std::size_t kChallengeChars = 8;
inline constexpr std::size_t kAnswerChars = 64;

using Challenge = std::array<std::byte, kChallengeChars>;
using Answer = std::array<std::byte, kAnswerChars>;

class LoginGuard {
 public:
  Instant opens_at() const { return opens_at_; }  // nobody is asked before
  bool locked(Instant now) const { return locked_ && now < opens_at_; }
  void on_failure(Instant now);
  void on_success();

 private:
  Instant opens_at_ = Instant::min();
  unsigned failures_ = 0;
  bool locked_ = false;
};

class LoginGuards {
 public:
  Instant opens_at(Origin from) const { return of(from).opens_at(); }
  bool locked(Origin from, Instant now) const { return of(from).locked(now); }
  void on_failure(Origin from, Instant now);
  // Who knows the password keeps a place of its own.
  void on_success(Origin from, Instant now);

 private:
  struct Place {
    Origin from = kSomewhere;
    LoginGuard guard;
    bool taken = false;
    bool knows = false;
  };
  const LoginGuard& of(Origin from) const;
  LoginGuard& take(Origin from, Instant now, bool knows);

  std::array<Place, kLoginOrigins> places_;
  LoginGuard others_;
};

// Eight hex digits of randomness; each is good for one answer.
Challenge make_challenge(crypto::RandomSource random);

// What a host that knows the password answers, in lower case.
Answer answer_to(const Challenge& challenge, std::string_view password);

// Takes the same time for every answer that is 64 hex digits, upper or lower case.
bool is_answer(const Answer& answer, const Challenge& challenge, std::string_view password);

}  // namespace updraft::link
