// BootControl of a device that has a rescue app: a small app in the partition of subtype factory
// and label `rescue`, which can receive updates and does nothing else (spec/beyond-app.md section
// 4). Stands in front of EspBootControl; where a table has no rescue app only the boot counter is
// left.
//
//   layout                     what an update does
//   two slots, or more         as everywhere: it goes to a slot that does not run
//   one slot and rescue        the app judges its head; then it leaves a request, makes the rescue
//   app
//                              the choice, answers rescue_first, and the device restarts
//
//   RescueBoot boot(calls, esp_boot, &memory, {});
//   if (boot.start(crashed).restarts) restart();     // the app's first act
//   Updater updater(boot, ...);
//   ... after every session: if (boot.restart_due()) restart();
//   ... once it has run for kHealthyMs: boot.healthy();
//
// The running slot is never written: forget(), which comes before the first erase, always fails
// where the only slot runs. A rescue app that does not verify is never chosen.
//
// The rescue app itself is updated in place, by the app, where a device takes that: RescueUpdate.
#pragma once
#include <optional>

#include "engine/rescue/rescue_memory.hpp"
#include "engine/update/esp_boot_control.hpp"

namespace updraft {

inline constexpr std::string_view kRescueLabel = "rescue";
// In the rescue app: for so long nothing came, and the app that asked is whole: back to it.
inline constexpr Millis kRescueWaitMs{15 * 60'000};

class RescueBoot final : public BootControl {
 public:
  struct Rules {
    bool anti_rollback =
        false;  // the bootloader's: then it takes no factory app, and there is none
    bool count_power_on = false;  // a start by power counts as well as one by a crash
  };
  // `memory`: nullptr: there is no room for it; then nothing is counted, and no reason is known.
  // All outlive it.
  RescueBoot(OtaCalls& calls, EspBootControl& boot, RescueMemory* memory, const Rules& rules)
      : calls_(calls), boot_(boot), memory_(memory), rules_(rules) {}

  // How this start came about.
  enum class Cause : std::uint8_t {
    crash,  // panic, watchdog, brown-out
    power,  // power-on, reset pin, USB and serial resets
    other,  // an asked restart, deep sleep
  };
  struct Started {
    bool restarts = false;               // another app was chosen: restart at once
    std::optional<RescueReason> reason;  // why the rescue app runs, or is about to
    bool rescue_broken = false;          // its update was cut off: send it again
  };
  // The app's first act, before anything that may crash.
  Started start(Cause cause);
  // What runs has run for kHealthyMs, or was confirmed otherwise.
  void healthy();

  // The rescue app of this table, also while it runs. nullopt: it has none.
  std::optional<Slot> rescue() const;
  bool in_rescue() const { return running().index == Slot::kFactory && rescue(); }
  // One slot and a rescue app: there is no idle slot, whichever of the two runs.
  bool one_slot() const;
  // The only slot runs: an update can only be handed over to the rescue app.
  bool hands_over() const { return one_slot() && running().index == 0; }
  // Whether the rescue app is whole. Errors: rescue_broken (none, or it does not verify).
  Result<> rescue_whole();

  // The image in that slot, whole; errors: those of format::verify_image().
  Result<format::ImageInfo> image_in(const Slot& slot);

  // The update of the rescue app, which only those link who take it. It outlives this.
  class OwnUpdate {
   public:
    virtual bool aimed() const = 0;  // a session is for it: update_slot() is its partition
    virtual Result<> enter() = 0;    // in place of forget(), then
    virtual bool was_cut_off() = 0;  // noted, and the rescue app is not whole

   protected:
    ~OwnUpdate() = default;
  };
  void take_updates(OwnUpdate& update) { own_update_ = &update; }

  // What the next request says besides why: the port keeps `url` and `armed` as they are.
  RescueRequest& next_request() { return next_; }
  std::optional<RescueRequest> request() { return memory_ ? memory_->request() : std::nullopt; }
  // An update was handed over: once the answer is out, restart.
  bool restart_due() const { return restart_due_; }
  // In the rescue app, when nothing came for kRescueWaitMs: makes the app that asked the choice
  // again; restart after it. Errors: no_other_image (it is not whole, or no longer what asked),
  // flash.
  Result<> go_back();

  ChipFacts facts() const override { return boot_.facts(); }
  Slot running() const override { return boot_.running(); }
  OtaState running_state() const override { return boot_.running_state(); }
  // Where the only slot runs, that one, and forget() refuses it; the rescue app's while that is the
  // target.
  Result<Slot> update_slot() const override;
  Flash& flash(const Slot& slot) override { return boot_.flash(slot); }
  // Errors besides the usual: rescue_first (the device restarts, send again), rescue_broken.
  Result<> forget(const Slot& slot) override;
  Result<> select(const Slot& slot) override;
  Result<> confirm() override;
  Result<> reject() override;
  std::optional<RejectedSlot> rejected_slot() override { return boot_.rejected_slot(); }
  std::optional<Slot> factory() const override { return boot_.factory(); }
  std::optional<DamagedRecord> damaged_record() override { return boot_.damaged_record(); }

 private:
  bool aimed() const { return own_update_ != nullptr && own_update_->aimed(); }
  Result<> into_rescue(RescueReason reason);
  Started leave();

  OtaCalls& calls_;
  EspBootControl& boot_;
  RescueMemory* memory_;
  Rules rules_;
  RescueRequest next_;
  bool restart_due_ = false;
  OwnUpdate* own_update_ = nullptr;
  format::ImageVerifier verifier_;
  std::array<std::byte, kFlashPage> scratch_{};
};

}  // namespace updraft
