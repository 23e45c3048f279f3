#include "ports/esp_idf/trial.hpp"

#include <algorithm>

#include "esp_log.h"
#include "ports/esp_idf/awake_time.hpp"

namespace updraft::esp_idf {
namespace {
constexpr Millis kAskEvery{1'000};
constexpr Millis kLeastAwake{1'000};  // what a start counts, however soon it sleeps again
}  // namespace

void Trial::start(Instant now) {
  if (runs_) begin(now, awake_before_sleep());
}

void Trial::start_again(Instant now) {
  if (runs_ || !engine_.pending()) return;
  confirm_ = give_up_ = go_back_ = false;  // what was asked for in a trial before this one
  runs_ = true;
  begin(now, Millis{0});
}

void Trial::begin(Instant now, Millis before) {
  started_ = now;
  before_ = before;
  const Millis left = std::max(Millis{0}, rules_.within - before_);
  until_ = now + left;
  ask_again_ = now;
  count(now);
  reporter_.on_trial(rules_.within > Millis{0}, static_cast<std::uint32_t>(left.count() / 1000));
}

bool Trial::turn(Instant now) {
  if (!goes_on()) return false;
  count(now);
  if (give_up_) {
    give_up_ = false;
    return give_up("asked for", RolledBack::failed);
  }
  if (go_back_) {
    go_back_ = false;
    return give_up("somebody wants the one before", RolledBack::went_back);
  }
  const bool good = confirm_ || is_healthy(now);
  if (!goes_on()) return false;  // while the application was asked
  if (good) {
    keep();
    return false;
  }
  if (rules_.within == Millis{0} || now < until_) return false;
  return give_up("not confirmed in time", RolledBack::failed);
}

std::optional<Millis> Trial::left(Instant now) const {
  if (!runs_ || rules_.within == Millis{0}) return std::nullopt;
  return std::max(Millis{0}, until_ - now);
}

bool Trial::goes_on() {
  if (runs_ && !engine_.pending()) runs_ = false;
  return runs_;
}

bool Trial::is_healthy(Instant now) {
  if (rules_.is_healthy == nullptr || now < ask_again_) return false;
  ask_again_ = now + kAskEvery;
  const Unheld unheld(lock_);
  return rules_.is_healthy(rules_.context);
}

void Trial::count(Instant now) { note_awake(before_ + std::max(kLeastAwake, now - started_)); }

// A flash that fails: asked again with the next turn.
void Trial::keep() {
  if (engine_.confirm()) runs_ = false;
}

bool Trial::give_up(const char* text, RolledBack why) {
  ESP_LOGE(kLogTag, "rolling back: %s", text);
  if (engine_.roll_back(why)) {
    reporter_.on_given_up();
    return true;
  }
  ESP_LOGE(kLogTag, "there is no other image to go back to; this one goes on");
  rules_.within = Millis{0};
  return false;
}

}  // namespace updraft::esp_idf
