// The end of the pipeline: makes a slot hold what is pushed, at the least cost that its content and
// the part allow (docs/decisions/0009-slot-writer.md).
//
// Data is gathered by sectors. A sector that the slot holds already is left alone, one whose pages
// are blank or equal gets the missing pages, and only what is left is erased: by 64 KiB, 32 KiB or
// 4 KiB, whichever is cheapest by the times of the part for what is still to come. Nothing is
// erased twice; sectors that a power cut may have left half erased are erased whatever they read
// (SlotLedger).
//
// Between two flash operations it calls Flash::yield(): no stretch is longer than one erase of
// SlotPlan::max_erase.
#pragma once
#include <array>
#include <cstdint>

#include "updraft/flash.hpp"

#include "engine/pipeline/sink.hpp"
#include "engine/pipeline/slot_ledger.hpp"

namespace updraft::pipeline {

inline constexpr std::size_t kSlotWriterRam = 4608;  // bytes, with its ledger and all buffers

// What a writer knows about the update before its first byte.
struct SlotPlan {
  std::uint64_t bytes = 0;       // that will come; 0: not known
  SlotLedger* ledger = nullptr;  // nullptr: nothing is known of the slot, so all of it is erased
  std::uint8_t slot = 0;         // which one, for the ledger
  std::uint32_t max_erase = kFlashBlock;  // 4, 32 or 64 KiB: the longest stretch the product allows
};

// Errors: flash, too_big (more bytes than the slot holds).
class SlotWriter final : public Sink {
 public:
  void reset(Flash& slot, const SlotPlan& plan);
  Result<> push(Bytes chunk) override;
  Result<> finish() override;  // writes the last, partial sector
  void expect(std::uint64_t bytes) override;

  std::uint32_t written() const { return offset_ + static_cast<std::uint32_t>(filled_); }
  // Bytes that were pushed, [offset, offset + out.size()), wherever they are now. Error: flash.
  Result<> read(std::uint32_t offset, MutableBytes out);

  // For a payload that was interrupted before: passes over one sector that was recorded then and
  // reads the same now, and returns those of its bytes that were not pushed yet. Empty: the next
  // byte has to be pushed. The bytes are valid until the next call. Error: flash.
  Result<Bytes> take_recorded();
  // Whether take_recorded() would pass over all sectors up to `end`, a multiple of 4096.
  bool recorded_up_to(std::uint32_t end);

  // After finish(). The slot was read back: it is what was sent, or it is not.
  void verified();
  void doubted();
  // Its buffer, for who reads the slot while nothing is being written.
  MutableBytes scratch() { return sector_; }

 private:
  static constexpr std::uint32_t kAlike = 256;
  enum class Content : std::uint8_t { equal, fits, other };
  struct Forecast {
    std::uint64_t singly = 0;  // us: to erase, sector by sector, what will probably need it
    std::uint64_t swept = 0;   // us: to program again what would probably have been equal
  };

  void look_ahead();
  void learn_block(std::uint32_t block);
  Result<> settle(Bytes sector);
  void recognize(Bytes first_sector);
  Result<Content> compare(Bytes sector, std::uint32_t check);
  Result<Content> compare_pages(Bytes sector);
  void learn(std::uint32_t equal, std::uint32_t pages);
  Result<> erase_from_here();
  Result<> program_missing(Bytes sector);
  void mark();  // the slot will be changed from here on
  void note_block();

  std::uint32_t choose_unit();
  bool allows(std::uint32_t unit, std::uint32_t time) const;
  Forecast forecast(std::uint32_t from, std::uint32_t to);
  bool reads_blank(std::uint32_t sector_offset);
  bool doubtful(std::uint32_t offset) const { return offset >= doubt_from_ && offset < doubt_to_; }
  bool in_slot_as_recorded();
  std::uint32_t check_in_slot(std::uint32_t offset, std::uint32_t size);
  std::uint32_t recorded_to() const { return plan_.ledger->good_to(); }

  Flash* slot_ = nullptr;
  SlotPlan plan_;
  std::uint64_t announced_ = 0;
  std::uint32_t offset_ = 0;                     // of the sector that is gathered
  std::uint32_t erased_to_ = 0;                  // from offset_ up to here this update has erased
  std::uint32_t doubt_from_ = 0, doubt_to_ = 0;  // reads in there cannot be trusted
  std::uint16_t present_ = 0;  // bit per page of the sector: is in the slot already
  std::uint16_t alike_ = 0;    // how alike old and new were of late, 0 to kAlike
  bool any_seen_ = false;      // alike_ means something
  bool use_checks_ = false;    // the ledger's CRCs tell what the slot holds
  bool same_payload_ = false;  // as the one that was interrupted
  bool marked_ = false;        // the ledger knows that the slot is being changed
  bool blank_ = false;         // the sector was, when it was begun
  std::uint16_t known_ = 0;    // bit per sector of the block: its CRC stands in checks_
  std::uint16_t filled_ = 0;
  std::uint32_t block_ = 0;      // whose sectors these are
  SlotLedger::Checks checks_{};  // what the slot holds, and once a sector is written what that is
  SlotLedger::Identity identity_{};
  std::array<std::byte, kFlashSector> sector_{};
  std::array<std::byte, kFlashPage> old_{};  // what a page is compared with
};

static_assert(sizeof(SlotWriter) + sizeof(SlotLedger) <= kSlotWriterRam);

}  // namespace updraft::pipeline
