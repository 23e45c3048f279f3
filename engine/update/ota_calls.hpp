// The esp_ota_* calls that EspBootControl needs, each under its name in ESP-IDF without `esp_ota_`;
// what ESP-IDF has no call for, or only from v5.5 on, on otadata itself; what the table lets an
// update do; and two facts about the chip. The ESP-IDF port implements it with ESP-IDF's functions,
// the simulator with its model of them; the rules that use them stand in EspBootControl alone.
//
// The application's view: partitions are slots, nullopt stands for NULL.
#pragma once
#include <cstdint>
#include <optional>

#include "updraft/boot_control.hpp"

namespace updraft {

// An esp_err_t; 0 is success. The named ones have a meaning of their own for an update.
enum class OtaErr : std::int32_t {
  ok = 0,
  validate_failed = 0x1503,  // ESP_ERR_OTA_VALIDATE_FAILED
  small_sec_ver = 0x1504,    // ESP_ERR_OTA_SMALL_SEC_VER
  rollback_failed = 0x1505,  // ESP_ERR_OTA_ROLLBACK_FAILED
};

// What of the partition table an update depends on.
struct SlotTable {
  bool otadata = true;   // where the choice is kept
  bool numbered = true;  // the slots are ota_0, ota_1, ... without a gap
  bool factory = false;  // there is an app beside the slots
};

class OtaCalls {
 public:
  virtual Slot get_running_partition() const = 0;
  virtual std::optional<Slot> get_boot_partition() = 0;  // what otadata asks for
  virtual std::optional<Slot> get_next_update_partition() const = 0;
  // undefined if the call fails: the slot has no record, or is none.
  virtual OtaState get_state_partition(const Slot& slot) = 0;

  // Overwrites the record that is not the newest, unless the newest stands for the slot already.
  // The image was verified; whether it is verified once more is the platform's choice.
  virtual OtaErr set_boot_partition(const Slot& slot) = 0;
  // Both marks act on the newest record, whoever runs. To give up, the platform verifies the slot
  // of the other record.
  virtual OtaErr mark_app_valid_cancel_rollback() = 0;
  virtual OtaErr mark_app_invalid_rollback() = 0;  // before v5.5 it restarts the chip, too

  virtual SlotTable table() const = 0;
  // otadata itself: its two records, and how many slots their numbers count. A record that was
  // erased is empty, through flash encryption too.
  virtual std::uint32_t slots() const = 0;
  virtual Slot slot(std::int8_t index) const = 0;                // below slots(); with its label
  virtual std::optional<format::OtaRecords> read_records() = 0;  // nullopt: it does not read
  virtual OtaErr erase_record(std::size_t place) = 0;

  virtual ChipFacts facts() const = 0;
  virtual Flash& flash(const Slot& slot) = 0;  // of a slot that a call above named

 protected:
  ~OtaCalls() = default;
};

}  // namespace updraft
