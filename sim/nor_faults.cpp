// Lasting faults of the cells: weak and stuck sectors, unstable bits.
#include "sim/nor_flash.hpp"

namespace updraft::sim {

// Weak cells keep bits, now and then, that were to be cleared.
void NorFlash::program_weak(std::uint32_t offset, Bytes page) {
  for (std::size_t i = 0; i < page.size(); ++i) {
    const bool misses = random_.below(config_.weak_one_in) == 0;
    cells_[offset + i] &= page[i] | (misses ? std::byte{random_.byte()} : std::byte{0});
  }
}

bool NorFlash::any_stuck(std::uint32_t offset, std::uint32_t length) const {
  for (std::uint32_t at = offset; at < offset + length; at += kFlashSector) {
    if ((faults_[at / kFlashSector] & kStuck) != 0) return true;
  }
  return false;
}

void NorFlash::heal(std::uint32_t sector) {
  faults_[sector] = 0;  // a stuck sector never comes here
  std::erase_if(unstable_, [sector](const UnstableBits& bits) {
    return bits.offset / kFlashSector == sector;
  });
}

void NorFlash::weaken(std::uint32_t offset, std::uint32_t unit) {
  for (std::uint32_t at = offset; at < offset + unit; at += kFlashSector) {
    faults_[at / kFlashSector] |= kWeak;
  }
}

void NorFlash::mark_stuck(std::uint32_t sector) {
  if (sector < faults_.size()) faults_[sector] |= kStuck;
}

void NorFlash::mark_weak(std::span<const std::uint32_t> sectors) {
  for (const std::uint32_t sector : sectors) {
    if (sector < faults_.size()) faults_[sector] |= kWeak;
  }
}

void NorFlash::mark_unstable(std::uint32_t offset, std::uint8_t mask) {
  if (offset >= cells_.size()) return;
  faults_[offset / kFlashSector] |= kUnstable;
  unstable_.push_back({offset, mask});
}

std::vector<std::uint32_t> NorFlash::weak_sectors() const {
  std::vector<std::uint32_t> sectors;
  for (std::uint32_t i = 0; i < faults_.size(); ++i) {
    if ((faults_[i] & kWeak) != 0) sectors.push_back(i);
  }
  return sectors;
}

// What a read of [offset, offset + out.size()) makes of the true content.
void NorFlash::disturb(std::uint32_t offset, MutableBytes out) {
  const std::uint64_t end = std::uint64_t{offset} + out.size();
  std::uint8_t any = 0;
  for (std::uint64_t at = offset; at < end; at = (at / kFlashSector + 1) * kFlashSector) {
    const std::uint8_t faults = faults_[at / kFlashSector];
    any |= faults;
    if ((faults & kWeak) == 0) continue;
    const std::uint64_t sector_end = std::min(end, (at / kFlashSector + 1) * kFlashSector);
    for (std::byte& b : out.subspan(at - offset, sector_end - at)) {
      if (random_.below(config_.weak_one_in) == 0) b ^= std::byte{1} << random_.below(8);
    }
  }
  if ((any & kUnstable) == 0) return;
  for (const UnstableBits& bits : unstable_) {
    if (bits.offset < offset || bits.offset >= end) continue;
    out[bits.offset - offset] ^= std::byte{random_.byte()} & std::byte{bits.mask};
  }
}

}  // namespace updraft::sim
