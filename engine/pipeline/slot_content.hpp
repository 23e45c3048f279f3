// Compares what a slot holds, as far as it can be trusted, with what it is to hold.
//
// Sectors that the ledger recorded are compared by checksum, the others by reading; the read-back
// of the whole image proves those that are equal by checksum.
#pragma once
#include <array>
#include <cstdint>

#include "updraft/flash.hpp"

#include "engine/pipeline/slot_recorder.hpp"

namespace updraft::pipeline {

inline constexpr std::uint32_t kPagesPerSector = kFlashSector / kFlashPage;
using PageBits = std::uint16_t;  // one for each page of a sector

// Page `index` of a sector or of the first part of one; empty after its end.
Bytes page_of(Bytes sector, std::uint32_t index);

class SlotContent {
 public:
  enum class Match : std::uint8_t { equal, fits, other };  // fits: without an erase
  struct Compared {
    Match match = Match::other;
    PageBits present = 0;                // pages that need not be programmed
    std::uint32_t equal = 0, pages = 0;  // how many were looked at, if that tells how alike
                                         // old and new are, and how many of them were equal
  };

  // A new update. `scratch` is one sector.
  void reset(Flash& slot, SlotRecorder& recorder, MutableBytes scratch);
  const Doubt& doubt() const { return doubt_; }

  // Before the first byte of a sector arrives, the sector's buffer is free, so the slot's content
  // is read into it. `erased`: this update has erased the sector. Error: flash.
  Result<> look_ahead(std::uint32_t offset, bool erased, MutableBytes buffer);
  // With a sector, or the last part of one, and its CRC-32. Error: flash.
  Result<> compare(std::uint32_t offset, Bytes sector, std::uint32_t check, Compared& found);
  // Of a sector that was erased: the pages that read right already.
  PageBits blank_pages(Bytes sector) const;
  // From now on the slot holds this; checks() are those of the block it is in.
  void now_holds(std::uint32_t offset, std::uint32_t check);
  const SlotLedger::Checks& checks() const { return checks_; }

  // CRC-32 of what the slot holds, read through `buffer`. Unreadable: never right.
  std::uint32_t check_in_slot(std::uint32_t offset, std::uint32_t size, MutableBytes buffer) const;
  MutableBytes page() { return old_; }  // for who compares nothing at the moment

 private:
  void learn_block(std::uint32_t block);
  bool holds_as_recorded(MutableBytes scratch);
  bool is_known(std::uint32_t offset) const;
  Result<> compare_pages(std::uint32_t offset, Bytes sector, Compared& found);

  Flash* slot_ = nullptr;
  SlotRecorder* recorder_ = nullptr;
  Doubt doubt_;
  bool use_checks_ = false;      // the ledger's CRCs tell what the slot holds
  bool blank_ = false;           // the sector was, when it was begun
  std::uint16_t known_ = 0;      // bit per sector of the block: its CRC stands in checks_
  std::uint32_t block_ = 0;      // whose sectors these are
  SlotLedger::Checks checks_{};  // what the slot holds, and once a sector is written what that is
  std::array<std::byte, kFlashPage> old_{};  // what a page is compared with
};

}  // namespace updraft::pipeline
