#include "engine/pipeline/erase_planner.hpp"

#include "engine/core/assert.hpp"

namespace updraft::pipeline {

void ErasePlanner::reset(Flash& slot, std::uint32_t most, const Doubt& doubt) {
  slot_ = &slot;
  most_ = most;
  doubt_ = doubt;
  announced_ = 0;
  any_seen_ = false;
}

void ErasePlanner::learn(std::uint32_t equal, std::uint32_t pages) {
  if (pages == 0) return;
  const auto alike = static_cast<std::uint16_t>(equal * kAlike / pages);
  alike_ = any_seen_ ? static_cast<std::uint16_t>((alike_ + alike) / 2) : alike;
  any_seen_ = true;
}

std::uint32_t ErasePlanner::unit_at(std::uint32_t offset, MutableBytes page) const {
  UPDRAFT_ASSERT(offset % kFlashSector == 0);
  const FlashTimes times = slot_->times();
  const bool half_fits = allows(offset, kFlashHalfBlock, times.erase_half_block);
  const bool block_fits = allows(offset, kFlashBlock, times.erase_block);
  if (!half_fits && !block_fits) return kFlashSector;
  const std::uint32_t middle = offset + kFlashHalfBlock;
  const Forecast first = forecast(offset, offset, middle, page);
  const std::uint64_t by_half = times.erase_half_block + first.swept;
  const bool half_pays = half_fits && by_half < first.singly;
  if (block_fits) {
    const Forecast second = forecast(offset, middle, offset + kFlashBlock, page);
    std::uint64_t parts = half_pays ? by_half : first.singly;
    const std::uint64_t second_half = times.erase_half_block + second.swept;
    parts += half_fits ? std::min(second.singly, second_half) : second.singly;
    if (times.erase_block + first.swept + second.swept <= parts) return kFlashBlock;
  }
  return half_pays ? kFlashHalfBlock : kFlashSector;
}

bool ErasePlanner::allows(std::uint32_t offset, std::uint32_t unit, std::uint32_t time) const {
  return time != 0 && unit <= most_ && offset % unit == 0 && inside(offset, unit, slot_->size());
}

ErasePlanner::Forecast ErasePlanner::forecast(std::uint32_t at, std::uint32_t from,
                                              std::uint32_t to, MutableBytes page) const {
  const FlashTimes times = slot_->times();
  const std::uint64_t end = announced_ != 0 ? announced_ : slot_->size();
  const std::uint64_t rewrite = std::uint64_t{times.program_page} * (kFlashSector / kFlashPage);
  Forecast cost;
  for (std::uint32_t sector = from; sector < to && (sector == at || sector < end);
       sector += kFlashSector) {
    if (sector == at || doubt_.covers(sector)) {
      cost.singly += times.erase_sector;
    } else if (!reads_blank(sector, page)) {
      cost.singly += std::uint64_t{times.erase_sector} * (kAlike - alike_) / kAlike;
      cost.swept += rewrite * alike_ / kAlike;
    }
  }
  return cost;
}

bool ErasePlanner::reads_blank(std::uint32_t sector_offset, MutableBytes page) const {
  for (std::uint32_t at = 0; at < kFlashSector; at += static_cast<std::uint32_t>(page.size())) {
    if (!slot_->read(sector_offset + at, page)) return false;
    if (std::ranges::any_of(page, [](std::byte b) { return b != std::byte{0xFF}; })) return false;
  }
  return true;
}

}  // namespace updraft::pipeline
