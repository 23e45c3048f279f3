// A port so small that the library alone is counted: two slots without otadata, nobody who listens.
#pragma once
#include "updraft/updater.hpp"

#include "tests/rv32/cfi_flash.hpp"

namespace updraft::rv32 {

class TwoSlots final : public BootControl {
 public:
  explicit TwoSlots(Flash& slot) : slot_(slot) {}
  ChipFacts facts() const override { return {.chip = format::find_chip("esp32c3")}; }
  Slot running() const override { return {.index = 0}; }
  OtaState running_state() const override { return OtaState::valid; }
  Result<Slot> update_slot() const override { return Slot{.index = 1}; }
  Flash& flash(const Slot&) override { return slot_; }
  Result<> select(const Slot&) override { return {}; }
  Result<> confirm() override { return {}; }
  Result<> reject() override { return {}; }
  std::optional<RejectedSlot> rejected_slot() override { return std::nullopt; }

 private:
  Flash& slot_;
};

class Quiet final : public Observer {};

}  // namespace updraft::rv32
