#include "protocols/pull/poll_schedule.hpp"

#include <algorithm>
#include <array>

namespace updraft::link {

Millis PollSchedule::at_start(Millis least, Millis most) {
  if (most <= least) return least;
  return least + spread(most - least, 0, 1000);
}

Millis PollSchedule::after_answer(Millis asked_for) {
  troubles_ = refusals_ = cuts_ = 0;
  const Millis wait = asked_for > Millis{0} ? std::clamp(asked_for, kPollLeast, kPollMost) : every_;
  return spread(wait, 800, 1200);
}

Millis PollSchedule::after_trouble() {
  cuts_ = 0;
  return spread(doubled(kTroubleFirst, troubles_++, kTroubleMost), 500, 1000);
}

Millis PollSchedule::after_busy(Millis asked_for) { return spread(asked_for, 1000, 1200); }

Millis PollSchedule::after_login_refused() {
  return spread(refusals_++ == 0 ? kLoginFirst : kLoginMost, 800, 1200);
}

Millis PollSchedule::after_cut(bool brought, bool& given_up) {
  cuts_ = brought ? 0 : cuts_ + 1;
  given_up = cuts_ >= kPullCuts;
  return given_up ? after_trouble() : spread(doubled(kCutFirst, cuts_, kCutMost), 500, 1000);
}

Millis PollSchedule::doubled(Millis first, unsigned times, Millis most) {
  for (; times > 0 && first < most; --times) first *= 2;
  return std::min(first, most);
}

Millis PollSchedule::spread(Millis wait, unsigned least, unsigned most) {
  std::array<std::byte, 4> random{};
  random_(random);
  const std::uint64_t chance = std::uint64_t{load_le32(random, 0)} * (most - least + 1) >> 32;
  return wait * static_cast<std::int64_t>(least + chance) / 1000;
}

}  // namespace updraft::link
