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
  stats_.bytes_read_from_sector.resize(faults_.size());
}

Result<> NorFlash::read(std::uint32_t offset, MutableBytes out) {
  UPDRAFT_TRY(check(offset, out.size()));
  if (out.empty()) return {};
  const Nanos began = clock_.now();
  stats_.bytes_read_from_sector[offset / kFlashSector] += out.size();
  std::memcpy(out.data(), cells_.data() + offset, out.size());
  charge(stats_.read, out.size(),
         config_.call + config_.timing.read_byte * static_cast<Nanos::rep>(out.size()));
  disturb(offset, out);
  note_call(began);
  return {};
}

Result<> NorFlash::program(std::uint32_t offset, Bytes data) {
  UPDRAFT_TRY(check(offset, data.size()));
  const Nanos began = clock_.now();
  Result<> done;
  for (std::size_t called = 0; called < data.size() && powered_; called += kDriverChunk) {
    add_time(stats_.program, config_.call);
  }
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
  const bool half = length == kFlashHalfBlock;
  Result<> done;
  while (length != 0 && done) {
    const std::uint32_t unit = unit_at(offset, length, half);
    done = erase_unit(offset, unit);
    offset += unit;
    length -= unit;
  }
  note_call(began);
  return done;
}

std::uint32_t NorFlash::unit_at(std::uint32_t offset, std::uint32_t length, bool half) const {
  if (!config_.blocks) return kFlashSector;
  // In a partition that begins between two of them a part of one is left at either end.
  const bool fits = offset % kFlashHalfBlock == 0 && length >= kFlashHalfBlock;
  if (half && fits) return kFlashHalfBlock;
  return offset % kFlashBlock == 0 && length >= kFlashBlock ? kFlashBlock : kFlashSector;
}

FlashTimes NorFlash::times() const {
  const auto micros = [](Nanos time) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(time).count());
  };
  FlashTimes times{.erase_half_block = 120'000};
  if (const FlashTiming& part = config_.timing; part.page_program.count() != 0) {
    times = {micros(program_time(kFlashPage)), micros(part.erase_sector),
             micros(part.erase_half_block), micros(part.erase_block)};
  }
  if (!config_.blocks) times.erase_half_block = times.erase_block = 0;
  return times;
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
  ++kind.count;
  kind.bytes += bytes;
  add_time(kind, time);
}

void NorFlash::add_time(OperationStats& kind, Nanos time) {
  kind.time += time;
  clock_.advance(time);
  stretch_ += time;
  stats_.longest_stretch = std::max(stats_.longest_stretch, stretch_);
}

Nanos NorFlash::program_time(std::size_t bytes) const {
  return config_.timing.program_time(bytes, config_.encrypted ? kEncryptedUnit : kFlashPage);
}

bool NorFlash::is_cut_next() {
  ++operations_;
  return until_cut_-- == 0;
}

Result<> NorFlash::program_page(std::uint32_t offset, Bytes page) {
  if (is_cut_next()) return cut_during_program(offset, page);
  charge(stats_.program, page.size(), program_time(page.size()));
  if (any_stuck(offset, 1)) return fail(Code::flash, Where::device, offset);
  program_now(offset, page);
  return {};
}

Result<> NorFlash::erase_unit(std::uint32_t offset, std::uint32_t unit) {
  if (is_cut_next()) return cut_during_erase(offset, unit);
  charge_erase(unit);
  if (any_stuck(offset, unit)) return fail(Code::flash, Where::device, offset);
  erase_now(offset, unit);
  return {};
}

void NorFlash::charge_erase(std::uint32_t unit) {
  const FlashTiming& part = config_.timing;
  switch (unit) {
    case kFlashBlock:
      return charge(stats_.erase_block, unit, config_.call + part.erase_block);
    case kFlashHalfBlock:
      return charge(stats_.erase_half_block, unit, config_.call + part.erase_half_block);
    default:
      charge(stats_.erase_sector, unit, config_.call + part.erase_sector);
  }
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
