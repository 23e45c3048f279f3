// Notes one update in the ledger of its slot, and reads what the ledger has of the update before:
// if that was the same payload and was cut off, this update goes on with it.
//
// Without a ledger nothing is known and nothing is recorded.
#pragma once
#include <optional>

#include "engine/pipeline/doubt.hpp"
#include "engine/pipeline/slot_ledger.hpp"

namespace updraft::pipeline {

class SlotRecorder {
 public:
  // A new update of a slot of this size. `ledger` may be nullptr; `scratch` is one sector.
  void open(SlotLedger* ledger, std::uint8_t slot, std::uint32_t slot_bytes, MutableBytes scratch) {
    ledger_ = ledger;
    bytes_ = 0;
    same_payload_ = marked_ = false;
    if (ledger_ != nullptr) ledger_->open(slot, slot_bytes, scratch);
  }
  void announce(std::uint64_t bytes) { bytes_ = bytes; }  // the payload's; 0: not known

  // What is known from before.
  Doubt doubt() const {
    if (ledger_ == nullptr) return {};
    return {ledger_->doubtful_from(), ledger_->doubtful_to()};
  }
  std::uint32_t complete_bytes() const {  // of an image that was read back whole; 0: there is none
    const bool complete = ledger_ != nullptr && ledger_->state() == SlotLedger::State::complete;
    return complete ? ledger_->image_bytes() : 0;
  }
  // CRC-32 of each sector of a block, and a bit for each that is recorded.
  std::uint16_t load(std::uint32_t block, SlotLedger::Checks& checks) {
    return ledger_ != nullptr ? ledger_->load(block, checks) : std::uint16_t{0};
  }
  // The first sector of this payload shows whether it is the one that was cut off.
  void recognize(Bytes first_sector);
  // How far the slot holds this payload as recorded, while nothing was changed yet.
  std::uint32_t resumable_to() const;

  // What this update does.
  void changing(std::uint32_t offset);  // before the slot is changed there
  // Before something else than the image is written at the end of a slot of that size: nothing in
  // the slot can be trusted until the update is complete.
  void changing_to_end(std::uint32_t slot_bytes) {
    if (marked_ || ledger_ == nullptr) return;
    marked_ = true;
    ledger_->begin({.doubtful_to = slot_bytes});
  }
  void block_done(const SlotLedger::Checks& checks) {
    if (marked_) ledger_->append(checks);
  }
  void note_verified(
      std::uint32_t image_bytes);  // the slot was read back, and equals what was sent
  void note_mismatch() {           // it does not
    if (ledger_ != nullptr) ledger_->doubt();
  }

 private:
  SlotLedger* ledger_ = nullptr;
  std::uint64_t bytes_ = 0;
  SlotLedger::Identity identity_{};
  bool same_payload_ = false;  // as the one that was interrupted
  bool marked_ = false;        // the ledger knows that the slot is being changed
};

}  // namespace updraft::pipeline
