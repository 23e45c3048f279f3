// BootControl on ESP-IDF's OTA calls: what the chip's port does with esp_ota_ops, on a simulated
// chip.
#pragma once
#include <array>
#include <optional>

#include "updraft/boot_control.hpp"

#include "sim/esp_ota.hpp"

namespace updraft::sim {

class EspBootControl final : public BootControl {
 public:
  // All outlive it; `running` is an entry of `table`.
  EspBootControl(Flash& flash, const format::PartitionTable& table, EspOta& ota, const Efuse& efuse,
                 BootBuild build, const format::Partition& running);

  ChipFacts facts() const override;
  Slot running() const override { return slot_of(running_); }
  OtaState running_state() const override;
  Result<Slot> update_slot() const override;
  Flash& flash(const Slot& slot) override;
  Result<> select(const Slot& slot) override;
  Result<> confirm() override;
  Result<> reject() override;
  std::optional<RejectedSlot> rejected_slot() override;

 private:
  static Slot slot_of(const format::Partition& partition);
  const format::Partition* partition_of(const Slot& slot) const;

  const format::PartitionTable& table_;
  EspOta& ota_;
  const Efuse& efuse_;
  BootBuild build_;
  const format::Partition& running_;
  std::array<std::optional<FlashWindow>, format::kMaxOtaSlots + 1> windows_;  // [0] is factory
};

}  // namespace updraft::sim
