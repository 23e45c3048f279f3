#include "ports/esp_idf/trial.hpp"

#include "esp_log.h"

namespace updraft::esp_idf {
namespace {
constexpr Millis kAskEvery{1'000};
}

void Trial::start(Instant now) {
  if (!runs_) return;
  until_ = now + rules_.within;
  ask_again_ = now;
  reporter_.on_trial(static_cast<std::uint32_t>(rules_.within.count() / 1000));
}

bool Trial::turn(Instant now) {
  if (!runs_) return false;
  if (give_up_) {
    give_up_ = false;
    return give_up("asked for", RolledBack::failed);
  }
  if (go_back_) {
    go_back_ = false;
    return give_up("somebody wants the one before", RolledBack::went_back);
  }
  bool good = confirm_;
  if (!good && rules_.is_healthy != nullptr && now >= ask_again_) {
    good = rules_.is_healthy(rules_.context);
    ask_again_ = now + kAskEvery;
  }
  if (good) {
    keep();
    return false;
  }
  if (rules_.within == Millis{0} || now < until_) return false;
  return give_up("not confirmed in time", RolledBack::failed);
}

// A flash that fails: asked again with the next turn.
void Trial::keep() {
  if (updater_.confirm()) runs_ = confirm_ = false;
}

bool Trial::give_up(const char* text, RolledBack why) {
  ESP_LOGE(kLogTag, "rolling back: %s", text);
  if (updater_.roll_back(why)) {
    reporter_.on_given_up();
    return true;
  }
  ESP_LOGE(kLogTag, "there is no other image to go back to; this one goes on");
  rules_.within = Millis{0};
  return false;
}

}  // namespace updraft::esp_idf
