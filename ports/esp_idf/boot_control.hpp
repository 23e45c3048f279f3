// BootControl on esp_ota_ops, with the traps of spec/esp32.md section 3 seen to:
//
//  * Slots are written through esp_partition, never through esp_ota_begin(): no handle can be
//    forgotten, and nothing is erased before an image was judged.
//  * esp_ota_set_boot_partition() overwrites the record that is not the newest. After a fallback
//    boot that can be the one of the running image; then select() first makes the running image the
//    newest again.
//  * Both marks act on the newest record, which after a fallback is another image's: then there is
//    nothing to confirm and nothing to give up.
//  * With one slot esp_ota_get_next_update_partition() returns the running one: no_other_image.
//
// One object per program; the table does not change while it runs.
#pragma once
#include <array>
#include <optional>

#include "updraft/boot_control.hpp"

#include "ports/esp_idf/partition_flash.hpp"

namespace updraft::esp_idf {

class EspBootControl final : public BootControl {
 public:
  EspBootControl();

  ChipFacts facts() const override;
  Slot running() const override;
  OtaState running_state() const override;
  Result<Slot> update_slot() const override;
  Flash& flash(const Slot& slot) override;
  Result<> select(const Slot& slot) override;
  Result<> confirm() override;
  Result<> reject() override;
  std::optional<RejectedSlot> rejected_slot() override;

 private:
  static constexpr std::size_t kSlots = 16;
  bool runs_what_boots() const;
  Result<> keep_running_record(const esp_partition_t& target);

  const esp_partition_t* running_;
  std::array<std::optional<PartitionFlash>, kSlots + 1> flashes_;  // [0] is factory
};

}  // namespace updraft::esp_idf
