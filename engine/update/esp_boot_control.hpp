// BootControl on the esp_ota_* calls, with the traps of spec/esp32.md section 3 seen to:
//
//  * Slots are written through Flash, never through esp_ota_begin(): no handle can be forgotten,
//    and nothing is erased before an image was judged.
//  * esp_ota_set_boot_partition() overwrites the record that is not the newest. After a fallback
//    boot that can be the one of the running image; then select() first makes the running image the
//    newest again.
//  * esp_ota_begin() clears the record of the slot that it overwrites, from v5.5 on and with two
//    slots only. forget() does it always, and before the first erase: the record would else pass
//    its verdict on the next image, or boot a slot that is half written.
//  * Both marks act on the newest record, which after a fallback is another image's: then there is
//    nothing to confirm and nothing to give up.
//  * A factory or test app has no record: nothing to confirm, nothing to give up, nothing to keep.
//  * Where anti-rollback is on, ESP-IDF's verification ends the program if an image's header is
//    sound and its app descriptor is not, as a torn first page can leave them: a loop of resets. So
//    our own reader looks for the descriptor before any call that verifies a slot, and rejected
//    slots are found by their records alone.
//  * With one slot esp_ota_get_next_update_partition() returns the running one: no_other_image.
//  * A slot after a gap in the numbers, or in a table without otadata, can be written and never
//    chosen: no_other_image as well, before it is touched.
//
// One object per run of the app; the table does not change while it runs.
#pragma once
#include <optional>

#include "engine/update/ota_calls.hpp"

namespace updraft {

class EspBootControl final : public BootControl {
 public:
  explicit EspBootControl(OtaCalls& calls) : calls_(calls) {}  // outlive it

  ChipFacts facts() const override { return calls_.facts(); }
  Slot running() const override { return calls_.get_running_partition(); }
  OtaState running_state() const override { return calls_.get_state_partition(running()); }
  Result<Slot> update_slot() const override;
  Flash& flash(const Slot& slot) override { return calls_.flash(slot); }
  Result<> forget(const Slot& slot) override;
  Result<> select(const Slot& slot) override;
  Result<> confirm() override;
  Result<> reject() override;
  std::optional<RejectedSlot> rejected_slot() override;
  std::optional<Slot> factory() const override;
  std::optional<DamagedRecord> damaged_record() override;

 private:
  bool newest_record_is_ours() const;
  bool rollback_is_safe() const;
  Result<> choose(const Slot& slot);
  // That a written record stands for, whatever its state.
  std::optional<Slot> slot_of(const format::OtaRecord& record) const;
  Result<> keep_running_record(const Slot& target);
  Result<> choose_running();

  OtaCalls& calls_;
};

}  // namespace updraft
