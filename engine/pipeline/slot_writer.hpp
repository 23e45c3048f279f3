// The end of the pipeline: makes a slot hold what is pushed, at the least cost that its content and
// the part allow (docs/decisions/0009-slot-writer.md).
//
// Data is gathered by sectors. A sector that the slot holds already is left alone (SlotContent),
// one whose pages are blank or equal gets the missing pages, and only what is left is erased: by 64
// KiB, 32 KiB or 4 KiB, whichever is cheapest by the times of the part for what is still to come
// (ErasePlanner). Nothing is erased twice, and sectors that a power cut may have left half erased
// are erased whatever they read (SlotRecorder).
//
// The sector's memory is borrowed for the time of an update, or set aside (SlotWriter::Room).
//
// Between two flash operations it calls Flash::yield(): no stretch is longer than one erase of
// SlotPlan::max_erase.
#pragma once
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
class SlotWriter final : public Sink {
 public:
  // Its sector, of kFlashSector bytes, or who lends one, and lends it to nobody else.
  struct Memory {
    std::byte* sector;
    Lender* lender;
  };
  struct Room {
    alignas(std::uint32_t) std::byte bytes[kFlashSector];
    operator Memory() { return {bytes, nullptr}; }
  };
  explicit SlotWriter(const Memory& memory) : memory_(memory) {}  // both outlive it

  // Before push(), and when nothing is pushed any more. One that has its sector, or a sector of
  // its own, keeps it. Error: no_memory.
  Result<> borrow_sector();
  void return_sector();
  void reset(Flash& slot, const SlotPlan& plan);
  void announce(std::uint64_t bytes) override;
  Result<> push(Bytes chunk) override;
  Result<> finish() override;  // writes the last, partial sector
  void expect(std::uint64_t bytes) override { planner_.expect(bytes); }

  // While what comes is read from the slot itself: an erase of a sector leaves the next ones there.
  // Returns what held until now.
  std::uint32_t limit_erase(std::uint32_t most) { return planner_.limit(most); }

  Flash& slot() { return *slot_; }
  std::uint32_t written() const { return offset_ + filled_; }
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
  // Buffers for reading the slot while nothing is being written: the sector, which has to be here;
  // a page, at any time; the larger that is here.
  MutableBytes sector() { return {memory_.sector, kFlashSector}; }
  MutableBytes page() { return content_.page(); }
  MutableBytes scratch() { return memory_.sector == nullptr ? page() : sector(); }

 private:
  Result<> settle(Bytes sector);
  Result<> erase_from_here();
  Result<> program_missing(Bytes sector, PageBits present);
  MutableBytes free_buffer();

  Memory memory_;  // without a sector: it is not borrowed
  Flash* slot_ = nullptr;
  SlotRecorder recorder_;
  SlotContent content_;
  ErasePlanner planner_;
  std::uint32_t offset_ = 0;     // of the sector that is gathered
  std::uint32_t erased_to_ = 0;  // from offset_ up to here this update has erased
  std::uint32_t filled_ = 0;
};

static_assert(sizeof(SlotWriter) + kFlashSector + sizeof(SlotLedger) <= kSlotWriterRam);

}  // namespace updraft::pipeline
