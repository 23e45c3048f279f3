// BootControl, to be filled in: which slot runs, which one boots next.
// include/updraft/boot_control.hpp says what each call must keep;
// engine/update/esp_boot_control.cpp does it with otadata. On a chip with esp_ota_* calls, fill in
// engine/update/ota_calls.hpp instead.
//
// As it stands it is two slots of which the first one always runs, so that the library can be
// linked and counted (tests/rv32) and an update be tried in RAM (serve_test.cpp).
#pragma once
#include "updraft/updater.hpp"

namespace updraft::port_template {

class TwoSlots final : public BootControl {
 public:
  // The flash of the slot that updates go to. Fill in: one Flash for each slot.
  explicit TwoSlots(Flash& slot) : slot_(slot) {}

  // Fill in: the chip's name, and its revisions from the eFuses. An image must fit them.
  ChipFacts facts() const override { return {.chip = format::find_chip("esp32c3")}; }

  // Fill in: the slot whose code this is. Not what the boot choice says: that may be another one
  // already.
  Slot running() const override { return {.index = 0}; }

  // Fill in: pending_verify until the running image was confirmed. Without such a state in the boot
  // loader nothing is ever on trial, and a bad image stays.
  OtaState running_state() const override { return OtaState::valid; }

  // Fill in: a slot that does not run, never the running one.
  Result<Slot> update_slot() const override { return Slot{.index = 1}; }
  Flash& flash(const Slot&) override { return slot_; }

  // Fill in: nothing may be known any more of the image that the slot held: neither that it boots
  // nor that it lost its trial. The running image stays the choice.
  Result<> forget(const Slot&) override { return {}; }

  // Fill in: the last write of an update; after a power cut it is complete or has no effect.
  Result<> select(const Slot&) override { return {}; }
  Result<> confirm() override { return {}; }
  Result<> reject() override { return {}; }

  // Fill in: the slot that lost its last trial, if the boot loader's records still show it.
  std::optional<RejectedSlot> rejected_slot() override { return std::nullopt; }

 private:
  Flash& slot_;
};

// Fill in: what your product wants to hear of an update (include/updraft/events.hpp).
class Quiet final : public Observer {};

}  // namespace updraft::port_template
