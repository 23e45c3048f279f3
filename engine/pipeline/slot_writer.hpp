// The end of the pipeline: makes a slot hold what is pushed, at the least cost that its content and
// the part allow (docs/decisions/0009-slot-writer.md).
//
// Data is gathered by sectors. A sector that the slot holds already is left alone (SlotContent),
// one whose pages are blank or equal gets the missing pages, and only what is left is erased: by 64
// KiB, 32 KiB or 4 KiB, whichever is cheapest by the times of the part for what is still to come
// (ErasePlanner). Nothing is erased twice, and sectors that a power cut may have left half erased
// are erased whatever they read (SlotRecorder).
//
// The sector's memory is borrowed for the time of an update; SlotWriterWithRoom has it set aside.
//
// Between two flash operations it calls Flash::yield(): no stretch is longer than one erase of
// SlotPlan::max_erase.
#pragma once
#include <array>
#include <cstdint>

#include "updraft/flash.hpp"

#include "engine/core/lender.hpp"
#include "engine/pipeline/erase_planner.hpp"
#include "engine/pipeline/sink.hpp"
#include "engine/pipeline/slot_content.hpp"
#include "engine/pipeline/slot_recorder.hpp"

namespace updraft::pipeline {

// With its ledger and all buffers, where pointers have eight bytes.
inline constexpr std::size_t kSlotWriterRam = 4640;

// What a writer knows about the slot before the first byte.
struct SlotPlan {
  SlotLedger* ledger = nullptr;  // nullptr: nothing is known of the slot, so all of it is erased
  std::uint8_t slot = 0;         // which one, for the ledger
  std::uint32_t max_erase = kFlashBlock;  // 4, 32 or 64 KiB: the longest stretch the product allows
};

// Errors: flash, too_big (more bytes than the slot holds).
class SlotWriter : public Sink {
 public:
  explicit SlotWriter(Lender& memory) : memory_(memory) {}  // which outlives it

  // Before push(). A second time it has it already. Error: no_memory.
  Result<> borrow_sector();
  void return_sector();  // nothing is pushed from now on
  void reset(Flash& slot, const SlotPlan& plan);
  void announce(std::uint64_t bytes) override;
  Result<> push(Bytes chunk) override;
  Result<> finish() override;  // writes the last, partial sector
  void expect(std::uint64_t bytes) override { planner_.expect(bytes); }

  // While what comes is read from the slot itself: an erase of a sector leaves the next ones there.
  // Returns what held until now.
  std::uint32_t limit_erase(std::uint32_t most) { return planner_.limit(most); }

  Flash& slot() { return *slot_; }
  std::uint32_t written() const { return offset_ + static_cast<std::uint32_t>(filled_); }
  // Bytes that were pushed, [offset, offset + out.size()), wherever they are now. Error: flash.
  Result<> read(std::uint32_t offset, MutableBytes out);

  // For going on with an update that was cut off (Resumer).
  SlotRecorder& recorder() { return recorder_; }
  std::uint32_t sector_offset() const { return offset_; }  // of the sector that is gathered
  bool reads_as(std::uint32_t sector_offset, std::uint32_t check);  // its CRC-32
  // If the gathered sector has this CRC-32 in the slot, leaves it as it is and goes on after it.
  // Returns those of its bytes that were not pushed yet, valid until the next call; empty: it reads
  // otherwise. Error: flash.
  Result<Bytes> pass_over(std::uint32_t check);

  // After finish() and the read-back: the slot equals what was sent, or it does not.
  void note_verified() { recorder_.note_verified(offset_); }
  void note_mismatch() { recorder_.note_mismatch(); }
  // A buffer for reading the slot while nothing is being written: a sector, a page between updates.
  MutableBytes scratch() { return sector_ == nullptr ? content_.page() : sector(); }

 private:
  Result<> settle(Bytes sector);
  Result<> erase_from_here();
  Result<> program_missing(Bytes sector, PageBits present);
  MutableBytes free_buffer();
  MutableBytes sector() { return {sector_, kFlashSector}; }

  Lender& memory_;
  std::byte* sector_ = nullptr;  // of kFlashSector bytes; nullptr: it is not borrowed
  Flash* slot_ = nullptr;
  SlotRecorder recorder_;
  SlotContent content_;
  ErasePlanner planner_;
  std::uint32_t offset_ = 0;     // of the sector that is gathered
  std::uint32_t erased_to_ = 0;  // from offset_ up to here this update has erased
  std::uint16_t filled_ = 0;
};

// One with a sector of its own.
class SlotWriterWithRoom final : private WithRoom<kFlashSector, alignof(std::uint32_t)>,
                                 public SlotWriter {
 public:
  SlotWriterWithRoom();
};

static_assert(sizeof(SlotWriter) + kFlashSector + sizeof(SlotLedger) <= kSlotWriterRam);

}  // namespace updraft::pipeline
