// How much the writer erases in one step: the unit that is cheapest for the data still to come.
//
// The data of a block has not arrived when its first sector needs an erase, so the cost is a
// forecast: blank sectors need no erase, doubtful ones need one, and of the others the same share
// is equal as in the last few sectors (firmware shares a run of sectors, or none). Measured over
// real images by `bench/run flash`.
#include <algorithm>

#include "engine/pipeline/slot_writer.hpp"

namespace updraft::pipeline {

Result<> SlotWriter::erase_from_here() {
  const std::uint32_t unit = choose_unit();
  mark();
  slot_->yield();
  UPDRAFT_TRY(slot_->erase(offset_, unit));
  slot_->yield();
  erased_to_ = offset_ + unit;
  return {};
}

std::uint32_t SlotWriter::choose_unit() {
  const FlashTimes times = slot_->times();
  const bool half_fits = allows(kFlashHalfBlock, times.erase_half_block);
  const bool block_fits = allows(kFlashBlock, times.erase_block);
  if (!half_fits && !block_fits) return kFlashSector;
  const Forecast first = forecast(offset_, offset_ + kFlashHalfBlock);
  const std::uint64_t by_half = times.erase_half_block + first.swept;
  const bool half_pays = half_fits && by_half < first.singly;
  if (block_fits) {
    const Forecast second = forecast(offset_ + kFlashHalfBlock, offset_ + kFlashBlock);
    std::uint64_t parts = half_pays ? by_half : first.singly;
    const std::uint64_t second_half = times.erase_half_block + second.swept;
    parts += half_fits ? std::min(second.singly, second_half) : second.singly;
    if (times.erase_block + first.swept + second.swept <= parts) return kFlashBlock;
  }
  return half_pays ? kFlashHalfBlock : kFlashSector;
}

bool SlotWriter::allows(std::uint32_t unit, std::uint32_t time) const {
  return time != 0 && unit <= plan_.max_erase && offset_ % unit == 0 &&
         inside(offset_, unit, slot_->size());
}

SlotWriter::Forecast SlotWriter::forecast(std::uint32_t from, std::uint32_t to) {
  const FlashTimes times = slot_->times();
  const std::uint64_t end = announced_ != 0 ? announced_ : slot_->size();
  const std::uint64_t rewrite = std::uint64_t{times.program_page} * (kFlashSector / kFlashPage);
  Forecast cost;
  for (std::uint32_t at = from; at < to && (at == offset_ || at < end); at += kFlashSector) {
    if (at == offset_ || doubtful(at)) {
      cost.singly += times.erase_sector;
    } else if (!reads_blank(at)) {
      cost.singly += std::uint64_t{times.erase_sector} * (kAlike - alike_) / kAlike;
      cost.swept += rewrite * alike_ / kAlike;
    }
  }
  return cost;
}

bool SlotWriter::reads_blank(std::uint32_t sector_offset) {
  for (std::uint32_t at = 0; at < kFlashSector; at += static_cast<std::uint32_t>(old_.size())) {
    if (!slot_->read(sector_offset + at, old_)) return false;
    if (std::ranges::any_of(old_, [](std::byte b) { return b != std::byte{0xFF}; })) return false;
  }
  return true;
}

}  // namespace updraft::pipeline
