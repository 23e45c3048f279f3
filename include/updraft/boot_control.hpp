// The second of the two interfaces that touch a chip: which slot runs, which one boots next, and
// what became of the last choice. esp_boot_control.hpp implements it for ESP-IDF and its model.
//
// Terms as in spec/esp32.md section 3: a slot is an app partition ota_0 .. ota_15; otadata holds
// the choice and its state. Every call has written to flash when it returns; a power cut during any
// of them leaves a bootable choice.
#pragma once
#include <cstdint>
#include <optional>

#include "updraft/bytes.hpp"
#include "updraft/flash.hpp"
#include "updraft/result.hpp"

#include "engine/format/image_verifier.hpp"
#include "engine/format/otadata.hpp"

namespace updraft {

using format::OtaState;

// An app partition, by its place among the OTA slots; kFactory and kTest stand for the apps that
// otadata has no record of.
struct Slot {
  static constexpr std::int8_t kFactory = -1;
  static constexpr std::int8_t kTest = -2;
  std::int8_t index = 0;
  Text<16> label;  // partition label: "ota_0"
  bool has_record() const { return index >= 0; }
  friend bool operator==(const Slot& a, const Slot& b) { return a.index == b.index; }
};

// What the chip is: eFuses and the running bootloader's rules, as far as an image must fit them.
struct ChipFacts {
  const format::Chip* chip = nullptr;
  std::uint16_t revision = 0;        // major * 100 + minor
  std::uint16_t block_revision = 0;  // eFuse block, same form
  bool ignore_max_revision = false;
  std::uint32_t secure_version = 0;  // anti-rollback counter; 0 if it is not used
};

struct RejectedSlot {
  Slot slot;
  OtaState state;  // aborted or invalid
};

// A record of otadata that does not read as anybody writes it: the bootloader went by the other
// one.
struct DamagedRecord {
  std::uint8_t place = 0;     // 0, 1
  std::optional<Slot> chose;  // before one bit of it was flipped; nullopt: that cannot be said
};

class BootControl {
 public:
  virtual ChipFacts facts() const = 0;
  virtual Slot running() const = 0;

  // State of the running slot's record; undefined if it has none (fallback, factory, test).
  virtual OtaState running_state() const = 0;

  // The slot that an update goes to, never the running one. Error: no_other_image if the table
  // has none that could be chosen afterwards; the reason says why.
  virtual Result<Slot> update_slot() const = 0;
  virtual Flash& flash(const Slot& slot) = 0;

  // What is known about the content of `slot`, an update slot, is about to change: clears its
  // record, so that no verdict about the old image can fall on the new one, and no record names a
  // slot that is half written. The running image stays the choice. Error: flash.
  virtual Result<> forget(const Slot& slot) = 0;

  // Makes the image in `slot` the next to boot, unconfirmed. The caller has verified it from flash,
  // in the same call; a platform that cannot choose without reading it once more may do so.
  // Errors: what such a verification finds; secure_version_low; flash.
  virtual Result<> select(const Slot& slot) = 0;

  // Keeps the running image. Not pending: nothing is written. Error: flash.
  virtual Result<> confirm() = 0;

  // Gives the running image up; the caller restarts and the bootloader takes the other.
  // Errors: no_other_image (nothing is changed), flash.
  virtual Result<> reject() = 0;

  // The slot whose image lost its last trial, if otadata still shows it: aborted (reset before it
  // was confirmed) or invalid (the app gave it up). Never the running slot. What the slot holds
  // today may be something else: an update that came later and was cut off.
  virtual std::optional<RejectedSlot> rejected_slot() = 0;

  // The factory app, which `select` takes as well: otadata then holds no choice. nullopt: there is
  // none, or it runs.
  virtual std::optional<Slot> factory() const { return std::nullopt; }

  // The record that is damaged, if one is; the other has a say in which slot runs.
  virtual std::optional<DamagedRecord> damaged_record() { return std::nullopt; }

 protected:
  ~BootControl() = default;
};

}  // namespace updraft
