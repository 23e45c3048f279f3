#include "sim/nor_flash.hpp"

#include <cstring>

namespace updraft::sim {
namespace {

// new = old & data; eight bytes at a time, because every programmed byte passes here.
void clear_bits(MutableBytes cells, Bytes data) {
  std::byte* cell = cells.data();
  std::size_t at = 0;
  for (; at + 8 <= data.size(); at += 8) {
    std::uint64_t now;
    std::uint64_t mask;
    std::memcpy(&now, cell + at, 8);
    std::memcpy(&mask, data.data() + at, 8);
    now &= mask;
    std::memcpy(cell + at, &now, 8);
  }
  for (; at < data.size(); ++at) cell[at] &= data[at];
}

}  // namespace

NorFlash::NorFlash(MutableBytes cells, VirtualClock& clock, const NorConfig& config)
    : cells_(cells),
      clock_(clock),
      config_(config),
      random_(config.seed),
      faults_(cells.size() / kFlashSector) {
  reset_stats();
}

void NorFlash::reset_stats() {
  stats_ = {};
  stats_.erases_per_sector.resize(faults_.size());
}

Result<> NorFlash::read(std::uint32_t offset, MutableBytes out) {
  UPDRAFT_TRY(check(offset, out.size()));
  if (out.empty()) return {};
  const Nanos began = clock_.now();
  std::memcpy(out.data(), cells_.data() + offset, out.size());
  charge(stats_.read, out.size(), config_.timing.read_byte * static_cast<Nanos::rep>(out.size()));
  disturb(offset, out);
  note_call(began);
  return {};
}

Result<> NorFlash::program(std::uint32_t offset, Bytes data) {
  UPDRAFT_TRY(check(offset, data.size()));
  const Nanos began = clock_.now();
  Result<> done;
  while (!data.empty() && done) {
    const Bytes page =
        data.first(std::min<std::size_t>(data.size(), kFlashPage - offset % kFlashPage));
    done = program_page(offset, page);
    offset += static_cast<std::uint32_t>(page.size());
    data = data.subspan(page.size());
  }
  note_call(began);
  return done;
}

Result<> NorFlash::erase(std::uint32_t offset, std::uint32_t length) {
  UPDRAFT_TRY(check(offset, length));
  if (offset % kFlashSector != 0 || length % kFlashSector != 0) {
    return fail(Code::flash, Where::device, offset | length, kFlashSector);
  }
  const Nanos began = clock_.now();
  Result<> done;
  while (length != 0 && done) {
    const bool block = config_.blocks && offset % kFlashBlock == 0 && length >= kFlashBlock;
    const std::uint32_t unit = block ? kFlashBlock : kFlashSector;
    done = erase_unit(offset, unit);
    offset += unit;
    length -= unit;
  }
  note_call(began);
  return done;
}

Result<> NorFlash::check(std::uint32_t offset, std::size_t length) const {
  if (!powered_) return fail(Code::flash, Where::device, offset);
  if (!inside(offset, length, size())) return fail(Code::flash, Where::device, offset, size());
  return {};
}

void NorFlash::note_call(Nanos began) {
  stats_.longest_call = std::max(stats_.longest_call, clock_.now() - began);
}

void NorFlash::charge(OperationStats& kind, std::size_t bytes, Nanos time) {
  kind.add(bytes, time);
  clock_.advance(time);
}

bool NorFlash::is_cut_next() {
  ++operations_;
  return until_cut_-- == 0;
}

Result<> NorFlash::program_page(std::uint32_t offset, Bytes page) {
  if (is_cut_next()) return cut_during_program(offset, page);
  charge(stats_.program, page.size(), config_.timing.program_time(page.size()));
  if (any_stuck(offset, 1)) return fail(Code::flash, Where::device, offset);
  program_now(offset, page);
  return {};
}

Result<> NorFlash::erase_unit(std::uint32_t offset, std::uint32_t unit) {
  if (is_cut_next()) return cut_during_erase(offset, unit);
  if (unit == kFlashBlock) {
    charge(stats_.erase_block, unit, config_.timing.erase_block);
  } else {
    charge(stats_.erase_sector, unit, config_.timing.erase_sector);
  }
  if (any_stuck(offset, unit)) return fail(Code::flash, Where::device, offset);
  erase_now(offset, unit);
  return {};
}

void NorFlash::program_now(std::uint32_t offset, Bytes page) {
  if ((faults_[offset / kFlashSector] & kWeak) != 0) return program_weak(offset, page);
  clear_bits(cells_.subspan(offset, page.size()), page);
}

void NorFlash::erase_now(std::uint32_t offset, std::uint32_t unit) {
  std::memset(cells_.data() + offset, 0xFF, unit);
  for (std::uint32_t at = offset; at < offset + unit; at += kFlashSector) {
    const std::uint32_t sector = at / kFlashSector;
    ++stats_.erases_per_sector[sector];
    if (faults_[sector] != 0) heal(sector);
  }
}

}  // namespace updraft::sim
