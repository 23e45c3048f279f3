// The writer's course: gather, compare, erase, program. What it erases: slot_writer_erase.cpp.
#include "engine/pipeline/slot_writer.hpp"

#include <algorithm>

#include "engine/crypto/digest.hpp"
#include "engine/format/crc32.hpp"

namespace updraft::pipeline {
namespace {

constexpr std::uint32_t kPages = kFlashSector / kFlashPage;

bool is_blank(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0xFF}; });
}

Bytes page_of(Bytes sector, std::uint32_t page) {
  const std::size_t at = std::min<std::size_t>(sector.size(), page * std::size_t{kFlashPage});
  return sector.subspan(at, std::min<std::size_t>(kFlashPage, sector.size() - at));
}

std::uint16_t blank_pages(Bytes sector) {
  std::uint16_t pages = 0;
  for (std::uint32_t i = 0; i < kPages; ++i) {
    if (is_blank(page_of(sector, i))) pages |= static_cast<std::uint16_t>(1u << i);
  }
  return pages;
}

}  // namespace

void SlotWriter::reset(Flash& slot, const SlotPlan& plan) {
  slot_ = &slot;
  plan_ = plan;
  announced_ = plan.bytes;
  offset_ = erased_to_ = 0;
  doubt_from_ = 0;
  doubt_to_ = UINT32_MAX;
  any_seen_ = use_checks_ = same_payload_ = marked_ = false;
  filled_ = 0;
  known_ = 0;
  block_ = UINT32_MAX;
  if (plan.ledger == nullptr) return;
  plan.ledger->open(plan.slot, slot.size(), sector_);
  doubt_from_ = plan.ledger->doubtful_from();
  doubt_to_ = plan.ledger->doubtful_to();
  use_checks_ = in_slot_as_recorded();
}

Result<> SlotWriter::push(Bytes chunk) {
  if (!inside(written(), chunk.size(), slot_->size())) {
    return fail(Code::too_big, Where::slot, written() + chunk.size(), slot_->size());
  }
  while (!chunk.empty()) {
    if (filled_ == 0) look_ahead();
    if (filled_ == 0 && chunk.size() >= kFlashSector) {
      UPDRAFT_TRY(settle(chunk.first(kFlashSector)));
      chunk = chunk.subspan(kFlashSector);
      continue;
    }
    const Bytes part = chunk.first(std::min(chunk.size(), sector_.size() - filled_));
    std::copy(part.begin(), part.end(), sector_.begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ = static_cast<std::uint16_t>(filled_ + part.size());
    chunk = chunk.subspan(part.size());
    if (filled_ < sector_.size()) break;
    filled_ = 0;
    UPDRAFT_TRY(settle(sector_));
  }
  return {};
}

Result<> SlotWriter::finish() {
  const Bytes rest = Bytes(sector_).first(filled_);
  filled_ = 0;
  if (!rest.empty()) UPDRAFT_TRY(settle(rest));
  if (offset_ % kFlashBlock != 0) note_block();
  return {};
}

void SlotWriter::expect(std::uint64_t bytes) { announced_ = std::max(announced_, bytes); }

// Before the first byte of a sector the sector buffer is free, so the slot's content is read into
// it.
void SlotWriter::look_ahead() {
  const std::uint32_t index = offset_ / kFlashSector % kSectorsPerBlock;
  if (use_checks_) learn_block(offset_ / kFlashBlock);
  if (offset_ / kFlashBlock != block_) known_ = 0;
  block_ = offset_ / kFlashBlock;
  blank_ = false;
  const bool no_need = offset_ < erased_to_ || doubtful(offset_) || (known_ >> index & 1u) != 0;
  if (no_need || !slot_->read(offset_, sector_)) return;
  slot_->yield();
  checks_[index] = format::crc32(sector_);
  known_ |= static_cast<std::uint16_t>(1u << index);
  blank_ = is_blank(sector_);
}

void SlotWriter::learn_block(std::uint32_t block) {
  if (block == block_) return;
  block_ = block;
  known_ = plan_.ledger->load(block, checks_);
}

// One sector, or the last part of one.
Result<> SlotWriter::settle(Bytes sector) {
  if (offset_ == 0) recognize(sector);
  const std::uint32_t check = format::crc32(sector);
  Content content = Content::fits;
  if (offset_ >= erased_to_) {
    const Result<Content> compared = compare(sector, check);
    if (!compared) return std::unexpected(compared.error());
    content = *compared;
    if (content == Content::other) UPDRAFT_TRY(erase_from_here());
  }
  if (offset_ < erased_to_) present_ = blank_pages(sector);
  if (content != Content::equal) UPDRAFT_TRY(program_missing(sector));
  checks_[offset_ / kFlashSector % kSectorsPerBlock] = check;
  offset_ += static_cast<std::uint32_t>(sector.size());
  if (offset_ % kFlashBlock == 0) note_block();
  return {};
}

void SlotWriter::recognize(Bytes first_sector) {
  const crypto::Sha256Digest digest = crypto::sha256(first_sector);
  std::copy_n(digest.begin(), identity_.size(), identity_.begin());
  if (plan_.ledger == nullptr || plan_.ledger->state() != SlotLedger::State::interrupted) return;
  const SlotLedger::Update& before = plan_.ledger->update();
  same_payload_ = before.identity == identity_ && before.payload_size == plan_.bytes;
}

// A sector that is equal by its CRC alone is checked later, by the read-back of the whole image.
Result<SlotWriter::Content> SlotWriter::compare(Bytes sector, std::uint32_t check) {
  if (doubtful(offset_)) return Content::other;
  const std::uint32_t index = offset_ / kFlashSector % kSectorsPerBlock;
  if ((known_ >> index & 1u) != 0 && checks_[index] == check) {
    if (!blank_) learn(1, 1);
    return Content::equal;
  }
  if (!blank_) return compare_pages(sector);
  present_ = blank_pages(sector);
  return Content::fits;
}

// Compares every page: how alike old and new content are is a forecast for the next sectors.
Result<SlotWriter::Content> SlotWriter::compare_pages(Bytes sector) {
  std::uint32_t pages = 0, equal = 0;
  bool other = false;
  present_ = 0;
  for (std::uint32_t at = 0; at < sector.size(); at += kFlashPage, ++pages) {
    const Bytes page = page_of(sector, pages);
    const MutableBytes old = MutableBytes(old_).first(page.size());
    UPDRAFT_TRY(slot_->read(offset_ + at, old));
    const bool same = std::equal(page.begin(), page.end(), old.begin());
    if (same) present_ |= static_cast<std::uint16_t>(1u << pages);
    equal += same ? 1 : 0;
    other = other || (!same && !is_blank(old));
  }
  slot_->yield();
  learn(equal, pages);
  if (equal == pages) return Content::equal;
  return other ? Content::other : Content::fits;
}

void SlotWriter::learn(std::uint32_t equal, std::uint32_t pages) {
  if (pages == 0) return;
  const auto alike = static_cast<std::uint16_t>(equal * kAlike / pages);
  alike_ = any_seen_ ? static_cast<std::uint16_t>((alike_ + alike) / 2) : alike;
  any_seen_ = true;
}

Result<> SlotWriter::program_missing(Bytes sector) {
  mark();
  for (std::uint32_t i = 0; i < kPages; ++i) {
    const Bytes page = page_of(sector, i);
    if (page.empty() || (present_ >> i & 1u) != 0) continue;
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
  std::copy_n(sector_.begin() + static_cast<std::ptrdiff_t>(at), buffered.size(), buffered.begin());
  return {};
}

// What is noted in the ledger.

void SlotWriter::mark() {
  if (marked_ || plan_.ledger == nullptr) return;
  marked_ = true;
  const std::uint32_t block = offset_ / kFlashBlock * kFlashBlock;
  if (same_payload_ && block == plan_.ledger->good_to()) return plan_.ledger->go_on();
  plan_.ledger->begin({.identity = identity_,
                       .payload_size = static_cast<std::uint32_t>(plan_.bytes),
                       .begun_at = block,
                       .doubtful_to = doubt_to_});
}

void SlotWriter::note_block() {
  if (marked_) plan_.ledger->append(checks_);
}

Result<Bytes> SlotWriter::take_recorded() {
  const std::uint64_t end = offset_ + std::uint64_t{kFlashSector};
  if (!same_payload_ || marked_ || end > std::min<std::uint64_t>(plan_.bytes, recorded_to())) {
    return Bytes{};
  }
  SlotLedger::Checks recorded;
  const std::uint16_t known = plan_.ledger->load(offset_ / kFlashBlock, recorded);
  const std::uint32_t index = offset_ / kFlashSector % kSectorsPerBlock;
  if ((known >> index & 1u) == 0) return Bytes{};
  if (filled_ != 0 && check_in_slot(offset_, kFlashSector) != recorded[index]) return Bytes{};
  UPDRAFT_TRY(slot_->read(offset_, sector_));
  slot_->yield();
  if (filled_ == 0 && format::crc32(sector_) != recorded[index]) return Bytes{};
  const Bytes rest = Bytes(sector_).subspan(filled_);
  offset_ += kFlashSector;
  filled_ = 0;
  return rest;
}

bool SlotWriter::recorded_up_to(std::uint32_t end) {
  if (!same_payload_ || marked_ || end > recorded_to()) return false;
  SlotLedger::Checks recorded;
  std::uint16_t known = 0;
  for (std::uint32_t at = offset_; at < end; at += kFlashSector) {
    const std::uint32_t index = at / kFlashSector % kSectorsPerBlock;
    if (at == offset_ || index == 0) known = plan_.ledger->load(at / kFlashBlock, recorded);
    if ((known >> index & 1u) == 0) return false;
    if (check_in_slot(at, kFlashSector) != recorded[index]) return false;
    slot_->yield();
  }
  return true;
}

void SlotWriter::verified() {
  if (plan_.ledger == nullptr) return;
  const bool all_was_there = same_payload_ && plan_.ledger->good_to() >= offset_;
  if (marked_ || all_was_there) plan_.ledger->complete(offset_);
}

void SlotWriter::doubted() {
  if (plan_.ledger != nullptr) plan_.ledger->doubt();
}

// Another program may have written the slot since: its first and last sector must be as recorded.
bool SlotWriter::in_slot_as_recorded() {
  const std::uint32_t size = plan_.ledger->image_bytes();
  const bool complete = plan_.ledger->state() == SlotLedger::State::complete;
  if (!complete || size == 0 || size > slot_->size()) return false;
  const std::uint32_t last = (size - 1) / kFlashSector;
  learn_block(last / kSectorsPerBlock);
  const std::uint32_t index = last % kSectorsPerBlock;
  const std::uint32_t at = last * kFlashSector;
  if ((known_ >> index & 1u) == 0 || check_in_slot(at, size - at) != checks_[index]) return false;
  learn_block(0);
  return (known_ & 1u) != 0 && check_in_slot(0, std::min(size, kFlashSector)) == checks_[0];
}

// At once, or by pages while the sector's buffer is in use. Unreadable: never right.
std::uint32_t SlotWriter::check_in_slot(std::uint32_t offset, std::uint32_t size) {
  const MutableBytes buffer = filled_ == 0 ? MutableBytes(sector_) : MutableBytes(old_);
  const auto step = static_cast<std::uint32_t>(buffer.size());
  std::uint32_t crc = 0;
  bool read = true;
  for (std::uint32_t at = 0; at < size && read; at += step) {
    const MutableBytes part = buffer.first(std::min(step, size - at));
    read = slot_->read(offset + at, part).has_value();
    crc = format::crc32(part, crc);
  }
  return read ? crc : ~crc;
}

}  // namespace updraft::pipeline
