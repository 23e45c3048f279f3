// OtaCalls by the model of ESP-IDF's functions, on a simulated chip.
#pragma once
#include <array>
#include <optional>

#include "engine/update/ota_calls.hpp"
#include "sim/esp_ota.hpp"

namespace updraft::sim {

class ModelOtaCalls final : public OtaCalls {
 public:
  // All outlive it.
  ModelOtaCalls(Flash& flash, const format::PartitionTable& table, EspOta& ota, const Efuse& efuse,
                BootBuild build);

  Slot get_running_partition() const override;
  std::optional<Slot> get_boot_partition() override;
  std::optional<Slot> get_next_update_partition() const override;
  OtaState get_state_partition(const Slot& slot) override;
  OtaErr set_boot_partition(const Slot& slot) override;
  OtaErr mark_app_valid_cancel_rollback() override;
  OtaErr mark_app_invalid_rollback() override;
  SlotTable table() const override;
  std::uint32_t slots() const override { return table_.application_ota_slots(); }
  Slot slot(std::int8_t index) const override;
  std::optional<format::OtaRecords> read_records() override;
  OtaErr erase_record(std::size_t place) override;
  ChipFacts facts() const override;
  Flash& flash(const Slot& slot) override;

 private:
  const format::Partition* partition_of(const Slot& slot) const;

  std::optional<OtaData> otadata();

  Flash& flash_;
  const format::PartitionTable& table_;
  EspOta& ota_;
  const Efuse& efuse_;
  BootBuild build_;
  std::array<std::optional<FlashWindow>, format::kMaxOtaSlots + 2>
      windows_;  // test, factory, ota_0
};

}  // namespace updraft::sim
