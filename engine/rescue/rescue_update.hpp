// The rescue app as a target of updates: written in place, by the app that runs and is confirmed. A
// cut leaves the app, and a note by which its next start knows that the rescue app is not whole.
//
//   RescueBoot boot(calls, esp_boot, &memory, {});
//   RescueUpdate update(boot, esp_boot, &memory, false);
//   if (boot.start(crashed).rescue_broken) ...          // say so
//   part_updater.rescue().serve(update);
#pragma once
#include "engine/rescue/rescue_boot.hpp"
#include "engine/update/rescue_target.hpp"

namespace updraft {

class RescueUpdate final : public RescueTarget, public RescueBoot::OwnUpdate {
 public:
  // As RescueBoot has them; all outlive it. `takes_unsigned`: a rescue app that nobody signed,
  // where there are no keys.
  RescueUpdate(RescueBoot& boot, EspBootControl& esp_boot, RescueMemory* memory,
               bool takes_unsigned)
      : boot_(boot), esp_boot_(esp_boot), memory_(memory), takes_unsigned_(takes_unsigned) {
    boot.take_updates(*this);
  }
  RescueUpdate(const RescueUpdate&) = delete;
  RescueUpdate& operator=(const RescueUpdate&) = delete;

  Flash* rescue_flash() override;
  bool takes_unsigned_rescue() const override { return takes_unsigned_; }
  void aim() override { aimed_ = true; }
  void let_go() override { aimed_ = false; }
  Result<> keep_rescue(const crypto::Sha256Digest& image) override;

  bool aimed() const override { return aimed_; }
  Result<> enter() override;
  bool was_cut_off() override;

 private:
  RescueBoot& boot_;
  EspBootControl& esp_boot_;
  RescueMemory* memory_;
  bool takes_unsigned_;
  bool aimed_ = false;
};

}  // namespace updraft
