// When a device asks its web server next: spread, so that a fleet does not come at once; slower and
// slower while the server is in trouble; and as the server itself wishes.
//
//   after                                        wait
//   start                                        uniform 5 to 65 s
//   an answer (200, 204, 304)                    what the server said, else `every`, x 0.8 to 1.2
//   trouble (no connection, 5xx, silence, ...)   30 s x 2^n up to 1 h, x 0.5 to 1; n in a row
//   429 or 503 with Retry-After                  that, x 1 to 1.2
//   401, 403                                     1 h, then a day
//   a cut in the middle of a file                1 s x 2^n up to 1 min, x 0.5 to 1; n that brought
//                                                nothing, in a row; kPullCuts of them are trouble
//
// No clock: it gives waits. Source: spec/protocols/native.md section 3.3, and for the cut
// docs/decisions/0066-one-url-one-file.md.
#pragma once
#include <cstdint>

#include "updraft/time.hpp"

#include "engine/crypto/random.hpp"

namespace updraft::link {

inline constexpr Millis kPollEvery{3'600'000};
inline constexpr Millis kPollLeast{60'000}, kPollMost{604'800'000};  // what a server may ask for
inline constexpr Millis kTroubleFirst{30'000}, kTroubleMost{3'600'000};
inline constexpr Millis kLoginFirst{3'600'000}, kLoginMost{86'400'000};
inline constexpr Millis kCutFirst{1'000}, kCutMost{60'000};
inline constexpr unsigned kPullCuts = 8;

class PollSchedule {
 public:
  PollSchedule(Millis every, crypto::RandomSource random) : every_(every), random_(random) {}

  Millis at_start(Millis least, Millis most);
  Millis after_answer(Millis asked_for);  // 0: the server did not say
  Millis after_trouble();
  Millis after_busy(Millis asked_for);
  Millis after_login_refused();
  // `brought`: bytes came since the last cut. `given_up`: it was the last try.
  Millis after_cut(bool brought, bool& given_up);

 private:
  Millis spread(Millis wait, unsigned least, unsigned most);  // per mille
  static Millis doubled(Millis first, unsigned times, Millis most);

  Millis every_;
  crypto::RandomSource random_;
  unsigned troubles_ = 0, refusals_ = 0, cuts_ = 0;  // in a row
};

}  // namespace updraft::link
