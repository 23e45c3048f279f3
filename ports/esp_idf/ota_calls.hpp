// OtaCalls by ESP-IDF's own functions, and a Flash for each app partition.
#pragma once
#include <array>
#include <optional>

#include "engine/update/ota_calls.hpp"
#include "ports/esp_idf/partition_flash.hpp"

namespace updraft::esp_idf {

class IdfOtaCalls final : public OtaCalls {
 public:
  IdfOtaCalls();

  Slot get_running_partition() const override;
  std::optional<Slot> get_boot_partition() override;
  std::optional<Slot> get_next_update_partition() const override;
  OtaState get_state_partition(const Slot& slot) override;
  OtaErr set_boot_partition(const Slot& slot) override;
  OtaErr mark_app_valid_cancel_rollback() override;
  OtaErr mark_app_invalid_rollback() override;
  SlotTable table() const override;
  std::uint32_t slots() const override;
  Slot slot(std::int8_t index) const override;
  std::optional<format::OtaRecords> read_records() override;
  OtaErr erase_record(std::size_t place) override;
  ChipFacts facts() const override;
  Flash& flash(const Slot& slot) override { return *flashes_[place_of(slot.index)]; }

 private:
  static constexpr std::size_t kSlots = 16;
  static std::size_t place_of(int index) { return static_cast<std::size_t>(index - Slot::kTest); }
  const esp_partition_t* partition_of(const Slot& slot) const;  // nullptr: not in the table

  std::array<std::optional<PartitionFlash>, kSlots + 2> flashes_;  // test, factory, ota_0, ...
};

}  // namespace updraft::esp_idf
