// The login of bundle://: the twin of protocols/bundle/SPEC.md section 2, steps 1 to 3.
//
//   device -> 8 lower-case hex digits      the challenge: 32 random bits
//   host   -> 64 hex digits                SHA-256(challenge text + password)
//
// The limits hold over all connections of a device: one LoginGuard, shared. After a wrong answer
// nobody is asked for kLoginDelayMs; after kLoginLockAfter of them without a right one in between,
// nobody for kLoginLockMs.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "updraft/time.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/crypto/random.hpp"

namespace updraft::link {

inline constexpr unsigned kLoginTries = 3;  // per connection
inline constexpr Millis kLoginDelayMs{1'000};
inline constexpr unsigned kLoginLockAfter = 10;
inline constexpr Millis kLoginLockMs{60'000};

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

// Eight hex digits of randomness; each is good for one answer.
Challenge make_challenge(crypto::RandomSource random);

// What a host that knows the password answers, in lower case.
Answer answer_to(const Challenge& challenge, std::string_view password);

// Takes the same time for every answer that is 64 hex digits, upper or lower case.
bool is_answer(const Answer& answer, const Challenge& challenge, std::string_view password);

}  // namespace updraft::link
