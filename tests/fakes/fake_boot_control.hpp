// A BootControl over two slots in memory whose answers a test sets.
#pragma once
#include <array>
#include <optional>

#include "updraft/boot_control.hpp"

#include "tests/fakes/ram_flash.hpp"

namespace updraft::fakes {

class FakeBootControl final : public BootControl {
 public:
  explicit FakeBootControl(std::uint32_t slot_bytes = 512 * 1024)
      : slots{RamFlash(slot_bytes), RamFlash(slot_bytes)} {
    chip.chip = format::find_chip("esp32c3");
    chip.revision = 3;
  }

  ChipFacts facts() const override { return chip; }
  Slot running() const override { return slot(run); }
  OtaState running_state() const override { return state; }
  Result<Slot> update_slot() const override {
    if (no_update_slot) return fail(Code::no_other_image, Where::boot);
    return slot(static_cast<std::int8_t>(1 - run));
  }
  Flash& flash(const Slot& which) override { return slots[static_cast<std::size_t>(which.index)]; }
  Result<> forget(const Slot& which) override {
    if (rejected == which.index) rejected.reset();
    forgotten = which.index;
    return {};
  }
  Result<> select(const Slot& which) override {
    selected = which.index;
    return select_result;
  }
  Result<> confirm() override {
    state = OtaState::valid;
    return {};
  }
  Result<> reject() override {
    if (!reject_result) return reject_result;
    state = OtaState::invalid;
    return {};
  }
  std::optional<RejectedSlot> rejected_slot() override {
    if (!rejected) return std::nullopt;
    return RejectedSlot{slot(*rejected), rejected_state};
  }

  static Slot slot(std::int8_t index) {
    return {index, Text<16>(std::string_view(index == 0 ? "ota_0" : "ota_1"))};
  }

  std::array<RamFlash, 2> slots;
  ChipFacts chip;
  std::int8_t run = 0;
  OtaState state = OtaState::valid;
  std::optional<std::int8_t> selected, rejected, forgotten;
  OtaState rejected_state = OtaState::aborted;
  bool no_update_slot = false;
  Result<> select_result, reject_result;
};

}  // namespace updraft::fakes
