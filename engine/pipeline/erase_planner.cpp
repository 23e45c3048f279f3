#include "engine/pipeline/erase_planner.hpp"

#include "engine/core/assert.hpp"

namespace updraft::pipeline {

namespace {

bool reads_blank(const ErasePlanner::Place& place, std::uint32_t sector) {
  const auto step = static_cast<std::uint32_t>(place.page.size());
  for (std::uint32_t at = 0; at < kFlashSector; at += step) {
    const bool reads = place.slot.read(sector + at, place.page).has_value();
    if (!reads || !is_blank(place.slot, place.page)) return false;
  }
  return true;
}

}  // namespace

void ErasePlanner::reset(std::uint32_t most) {
  most_ = most;
  announced_ = 0;
  any_seen_ = false;
}

void ErasePlanner::learn(std::uint32_t equal, std::uint32_t pages) {
  if (pages == 0) return;
  const auto alike = static_cast<std::uint16_t>(equal * kAlike / pages);
  alike_ = any_seen_ ? static_cast<std::uint16_t>((alike_ + alike) / 2) : alike;
  any_seen_ = true;
}

std::uint32_t ErasePlanner::unit_at(const Place& place) const {
  UPDRAFT_ASSERT(place.offset % kFlashSector == 0);
  const FlashTimes times = place.slot.times();
  const bool half_fits = allows(place, kFlashHalfBlock, times.erase_half_block);
  const bool block_fits = allows(place, kFlashBlock, times.erase_block);
  if (!half_fits && !block_fits) return kFlashSector;
  const std::uint32_t middle = place.offset + kFlashHalfBlock;
  const Forecast first = forecast(place, place.offset, middle);
  const std::uint64_t by_half = times.erase_half_block + first.swept;
  const bool half_pays = half_fits && by_half < first.singly;
  if (block_fits) {
    const Forecast second = forecast(place, middle, place.offset + kFlashBlock);
    std::uint64_t parts = half_pays ? by_half : first.singly;
    const std::uint64_t second_half = times.erase_half_block + second.swept;
    parts += half_fits ? std::min(second.singly, second_half) : second.singly;
    if (times.erase_block + first.swept + second.swept <= parts) return kFlashBlock;
  }
  return half_pays ? kFlashHalfBlock : kFlashSector;
}

bool ErasePlanner::allows(const Place& place, std::uint32_t unit, std::uint32_t time) const {
  return time != 0 && unit <= most_ && place.offset % unit == 0 &&
         inside(place.offset, unit, place.slot.size());
}

ErasePlanner::Forecast ErasePlanner::forecast(const Place& place, std::uint32_t from,
                                              std::uint32_t to) const {
  const FlashTimes times = place.slot.times();
  const std::uint64_t end = announced_ != 0 ? announced_ : place.slot.size();
  const std::uint64_t rewrite = std::uint64_t{times.program_page} * (kFlashSector / kFlashPage);
  Forecast cost;
  for (std::uint32_t at = from; at < to && (at == place.offset || at < end); at += kFlashSector) {
    if (at == place.offset || place.doubt.covers(at)) {
      cost.singly += times.erase_sector;
    } else if (!reads_blank(place, at)) {
      cost.singly += std::uint64_t{times.erase_sector} * (kAlike - alike_) / kAlike;
      cost.swept += rewrite * alike_ / kAlike;
    }
  }
  return cost;
}

}  // namespace updraft::pipeline
