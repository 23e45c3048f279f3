#include "engine/pipeline/slot_content.hpp"

#include <algorithm>

#include "engine/core/same_bytes.hpp"
#include "engine/format/crc32.hpp"

namespace updraft::pipeline {
namespace {

constexpr std::uint32_t index_of(std::uint32_t offset) {  // of a sector in its block
  return offset / kFlashSector % kSectorsPerBlock;
}

}  // namespace

Bytes page_of(Bytes sector, std::uint32_t index) {
  const std::size_t at = std::min<std::size_t>(sector.size(), index * std::size_t{kFlashPage});
  return sector.subspan(at, std::min<std::size_t>(kFlashPage, sector.size() - at));
}

PageBits SlotContent::blank_pages(Bytes sector) const {
  PageBits pages = 0;
  for (std::uint32_t i = 0; i < kPagesPerSector; ++i) {
    if (is_blank(*slot_, page_of(sector, i))) pages |= static_cast<PageBits>(1u << i);
  }
  return pages;
}

void SlotContent::reset(Flash& slot, SlotRecorder& recorder, MutableBytes scratch) {
  slot_ = &slot;
  recorder_ = &recorder;
  doubt_ = recorder.doubt();
  known_ = 0;
  block_ = UINT32_MAX;
  use_checks_ = holds_as_recorded(scratch);
  if (!use_checks_) known_ = 0;
}

// Another program may have written the slot since: its first and last sector must be as recorded.
bool SlotContent::holds_as_recorded(MutableBytes scratch) {
  const std::uint32_t size = recorder_->complete_bytes();
  if (size == 0 || size > slot_->size()) return false;
  const std::uint32_t at = (size - 1) / kFlashSector * kFlashSector;
  learn_block(at / kFlashBlock);
  if (!is_known(at)) return false;
  if (check_in_slot(at, size - at, scratch) != checks_[index_of(at)]) return false;
  learn_block(0);
  const std::uint32_t first = std::min(size, kFlashSector);
  return is_known(0) && check_in_slot(0, first, scratch) == checks_[0];
}

void SlotContent::learn_block(std::uint32_t block) {
  if (block == block_) return;
  block_ = block;
  known_ = recorder_->load(block, checks_);
}

bool SlotContent::is_known(std::uint32_t offset) const {
  return (known_ >> index_of(offset) & 1u) != 0;
}

Result<> SlotContent::look_ahead(std::uint32_t offset, bool erased, MutableBytes buffer) {
  if (use_checks_) learn_block(offset / kFlashBlock);
  if (offset / kFlashBlock != block_) known_ = 0;
  block_ = offset / kFlashBlock;
  blank_ = false;
  const bool no_need = erased || doubt_.covers(offset) || is_known(offset);
  if (no_need) return {};
  UPDRAFT_TRY(slot_->read(offset, buffer));
  slot_->yield();
  checks_[index_of(offset)] = format::crc32(buffer);
  known_ |= static_cast<std::uint16_t>(1u << index_of(offset));
  blank_ = is_blank(*slot_, buffer);
  return {};
}

Result<> SlotContent::compare(std::uint32_t offset, Bytes sector, std::uint32_t check,
                              Compared& found) {
  found = {};
  if (doubt_.covers(offset)) return {};
  if (is_known(offset) && checks_[index_of(offset)] == check) {
    found.match = Match::equal;
    found.equal = found.pages = blank_ ? 0 : 1;
    return {};
  }
  found.match = Match::fits;
  if (!blank_) return compare_pages(offset, sector, found);
  found.present = blank_pages(sector);
  return {};
}

// Looks at every page: how alike old and new are tells what is to come.
Result<> SlotContent::compare_pages(std::uint32_t offset, Bytes sector, Compared& found) {
  for (std::uint32_t at = 0; at < sector.size(); at += kFlashPage, ++found.pages) {
    const Bytes page = page_of(sector, found.pages);
    const MutableBytes old = MutableBytes(old_).first(page.size());
    UPDRAFT_TRY(slot_->read(offset + at, old));
    if (same_bytes(page, old)) {
      found.present |= static_cast<PageBits>(1u << found.pages);
      ++found.equal;
    } else if (!is_blank(*slot_, old)) {
      found.match = Match::other;
    }
  }
  slot_->yield();
  if (found.equal == found.pages) found.match = Match::equal;
  return {};
}

void SlotContent::now_holds(std::uint32_t offset, std::uint32_t check) {
  checks_[index_of(offset)] = check;
}

std::uint32_t SlotContent::check_in_slot(std::uint32_t offset, std::uint32_t size,
                                         MutableBytes buffer) const {
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
