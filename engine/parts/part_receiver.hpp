// Receives the content of one data partition, to where it can be without a risk: staged, sparse, in
// the slot that does not run; the copy of a pair that the running app does not use; or, where the
// product allows it by name, in place.
//
// Nothing is written before the first 512 bytes are judged by what the partition holds. What a
// patch makes goes through the Updater's SlotWriter, from which the patch reads it back: a patch
// makes 512 bytes at a time, which is a unit here, so nothing of it waits in between.
#pragma once
#include "updraft/updater.hpp"

#include "engine/parts/part_front.hpp"
#include "engine/parts/part_keeper.hpp"
#include "engine/parts/store_flash.hpp"

namespace updraft::parts {

class PartReceiver final : public pipeline::Sink, public PatchPlace {
 public:
  // `boot`: as the Updater has it. All outlive it.
  PartReceiver(PartKeeper& keeper, BootControl& boot, LeanUpdater& updater)
      : keeper_(keeper), boot_(boot), updater_(updater) {}

  // A package of parts, for the same place, begins.
  void reset();
  // `floor`: from where on the place is free: what lies below is an app of the same package.
  // Errors: no_room, part_busy.
  Result<> begin(const Part& part, std::uint32_t floor, bool one_way);
  // After begin(): the content is known, and another one ends with size_mismatch, too_big or
  // image_mismatch before it counts.
  void promise(const Promised& content) { promised_ = content; }
  // After promise(): leaves so many bytes at the start of the slot alone. False: it is not stored
  // there, or would not fit beside them if no sector of it is FF.
  bool leave_room(std::uint32_t bytes);
  // Errors: those of FormatCheck; too_big, no_room, known_bad, part_busy, flash.
  Result<> push(Bytes chunk) override;
  // Not for what is received in place, nor beside an app, which has the writer.
  Result<pipeline::PatchImages> take_patch() override;
  // Reads it back. Errors also: payload_missing, image_mismatch.
  Result<> finish() override;
  // After finish(): what was received in place counts from here on, elsewhere nothing happens.
  // Error: flash.
  Result<> settle();
  const Received& received() const { return got_; }
  // Where what was stored for this package begins; the size of the place if nothing was.
  std::uint32_t low() const { return low_; }
  bool entered() const { return entered_; }  // the place was changed
  void abandon();                            // what was begun in place stays incomplete

 private:
  enum class Way : std::uint8_t { staged, copy, in_place };

  Result<> take_unit();
  Result<> enter();
  Result<> enter_slot();
  void enter_patched();
  Result<> put(Bytes unit);
  Result<> put_plainly(Bytes unit);
  Result<> judge_content() const;
  Result<> close_way();
  Result<> read_back();
  Result<> keep_settings();
  Result<> keep_nothing();
  Result<> keep_piece(Bytes piece, std::uint32_t at);
  Result<> read(std::uint32_t at, MutableBytes out);
  Flash& target() const { return *part_->copies[copy_]; }
  // Beside an app in one session, which has the writer and its ledger.
  bool without_writer() const { return keeper_.slot_is_shared(); }

  PartKeeper& keeper_;
  BootControl& boot_;
  LeanUpdater& updater_;
  const Part* part_ = nullptr;
  Way way_ = Way::staged;
  std::size_t copy_ = 0;
  Received got_;
  std::optional<Promised> promised_;
  FormatCheck check_;
  std::uint32_t floor_ = 0, low_ = 0;
  std::uint32_t taken_ = 0;      // bytes of whole units
  std::uint32_t erased_to_ = 0;  // of a copy
  bool entered_ = false;         // this package has begun to write to its place
  bool writing_ = false;         // this part has
  bool patched_ = false;         // it is made from what the partition holds
  std::optional<StoreFlash> store_flash_;
  bool mounted_ = false;  // the product was asked to unmount it
  std::size_t filled_ = 0;
  std::array<std::byte, kUnit> unit_{};
  StoreReader store_;
  std::optional<FlashWindow> ledger_room_;
  std::optional<pipeline::SlotLedger> ledger_;
};

}  // namespace updraft::parts
