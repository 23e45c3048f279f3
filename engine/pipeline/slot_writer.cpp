// The writer's course: gather, compare, erase, program.
#include "engine/pipeline/slot_writer.hpp"

#include <algorithm>

#include "engine/core/assert.hpp"
#include "engine/format/crc32.hpp"

namespace updraft::pipeline {

Result<> SlotWriter::borrow_sector() {
  if (memory_.sector == nullptr) memory_.sector = memory_.lender->lend(kFlashSector);
  if (memory_.sector != nullptr) return {};
  return fail(Code::no_memory, Where::device, memory_.lender->largest(), kFlashSector);
}

void SlotWriter::return_sector() {
  if (memory_.lender == nullptr || memory_.sector == nullptr) return;
  memory_.lender->take_back(memory_.sector);
  memory_.sector = nullptr;
}

void SlotWriter::reset(Flash& slot, const SlotPlan& plan) {
  slot_ = &slot;
  offset_ = erased_to_ = 0;
  filled_ = 0;
  UPDRAFT_ASSERT(plan.ledger == nullptr || memory_.sector != nullptr);
  const MutableBytes scratch = sector();
  recorder_.open(plan.ledger, plan.slot, slot.size(), scratch);
  content_.reset(slot, recorder_, scratch);
  planner_.reset(plan.max_erase);
}

void SlotWriter::announce(std::uint64_t bytes) {
  UPDRAFT_ASSERT(written() == 0);
  recorder_.announce(bytes);
  planner_.expect(bytes);
}

Result<> SlotWriter::push(Bytes chunk) {
  UPDRAFT_ASSERT(slot_ != nullptr && memory_.sector != nullptr);
  UPDRAFT_ASSERT(offset_ % kFlashSector == 0);  // nothing comes after finish()
  const std::uint64_t end = std::uint64_t{written()} + chunk.size();
  const std::uint32_t size = slot_->size();
  if (end > size) return fail(Code::too_big, Where::slot, end, size);
  while (!chunk.empty()) {
    if (filled_ == 0) {
      UPDRAFT_TRY(content_.look_ahead(offset_, offset_ < erased_to_, sector()));
    }
    Bytes unit = at_most(chunk, kFlashSector - filled_);
    chunk = chunk.subspan(unit.size());
    if (unit.size() < kFlashSector) {
      std::copy(unit.begin(), unit.end(), memory_.sector + filled_);
      filled_ += static_cast<std::uint32_t>(unit.size());
      if (filled_ < kFlashSector) break;
      filled_ = 0;
      unit = sector();
    }
    UPDRAFT_TRY(settle(unit));
  }
  return {};
}

Result<> SlotWriter::finish() {
  const Bytes rest = Bytes(sector()).first(filled_);
  filled_ = 0;
  if (!rest.empty()) UPDRAFT_TRY(settle(rest));
  if (offset_ % kFlashBlock != 0) recorder_.block_done(content_.checks());
  return {};
}

// One sector, or the last part of one.
Result<> SlotWriter::settle(Bytes sector) {
  if (offset_ == 0) recorder_.recognize(sector);
  const std::uint32_t check = format::crc32(sector);
  SlotContent::Compared found{.match = SlotContent::Match::fits};
  if (offset_ >= erased_to_) {
    UPDRAFT_TRY(content_.compare(offset_, sector, check, found));
    planner_.learn(found.equal, found.pages);
    if (found.match == SlotContent::Match::other) UPDRAFT_TRY(erase_from_here());
  }
  if (offset_ < erased_to_) found.present = content_.blank_pages(sector);
  if (found.match != SlotContent::Match::equal) {
    UPDRAFT_TRY(program_missing(sector, found.present));
  }
  content_.now_holds(offset_, check);
  offset_ += static_cast<std::uint32_t>(sector.size());
  if (offset_ % kFlashBlock == 0) recorder_.block_done(content_.checks());
  return {};
}

Result<> SlotWriter::erase_from_here() {
  const std::uint32_t unit = planner_.unit_at({*slot_, content_.doubt(), offset_, content_.page()});
  UPDRAFT_ASSERT(offset_ % unit == 0 && inside(offset_, unit, slot_->size()));
  recorder_.changing(offset_);
  slot_->yield();
  UPDRAFT_TRY(slot_->erase(offset_, unit));
  slot_->yield();
  erased_to_ = offset_ + unit;
  return {};
}

Result<> SlotWriter::program_missing(Bytes sector, PageBits present) {
  recorder_.changing(offset_);
  for (std::uint32_t i = 0; i < kPagesPerSector; ++i) {
    const Bytes page = page_of(sector, i);
    if (page.empty() || (present >> i & 1u) != 0) continue;
    UPDRAFT_TRY(slot_->program(offset_ + i * kFlashPage, page));
    slot_->yield();
  }
  return {};
}

Result<> SlotWriter::read(std::uint32_t offset, MutableBytes out) {
  if (!inside(offset, out.size(), written())) return fail(Code::flash, Where::slot, offset);
  const std::uint32_t from_slot = offset < offset_ ? offset_ - offset : 0;
  const MutableBytes stored = out.first(std::min<std::size_t>(out.size(), from_slot));
  if (!stored.empty()) UPDRAFT_TRY(slot_->read(offset, stored));
  const MutableBytes buffered = out.subspan(stored.size());
  if (buffered.empty()) return {};
  const std::size_t at = offset + stored.size() - offset_;
  std::copy_n(memory_.sector + static_cast<std::ptrdiff_t>(at), buffered.size(), buffered.begin());
  return {};
}

// A sector at a time, or by pages while the sector's buffer is in use.
MutableBytes SlotWriter::free_buffer() { return filled_ == 0 ? sector() : page(); }

bool SlotWriter::reads_as(std::uint32_t sector_offset, std::uint32_t check) {
  const bool same = content_.check_in_slot(sector_offset, kFlashSector, free_buffer()) == check;
  slot_->yield();
  return same;
}

Result<Bytes> SlotWriter::pass_over(std::uint32_t check) {
  if (filled_ != 0 && !reads_as(offset_, check)) return Bytes{};
  UPDRAFT_TRY(slot_->read(offset_, sector()));
  slot_->yield();
  if (filled_ == 0 && format::crc32(sector()) != check) return Bytes{};
  const Bytes rest = Bytes(sector()).subspan(filled_);
  offset_ += kFlashSector;
  filled_ = 0;
  return rest;
}

}  // namespace updraft::pipeline
