#include "updraft/pipeline/slot_writer.hpp"

namespace updraft::pipeline {
namespace {
// A block erase takes as long as three to five sector erases (formats/esp32.md 5.2).
constexpr std::uint64_t kBlockPaysFrom = 4ull * kFlashSector;
}  // namespace

void SlotWriter::reset(Flash& slot, std::uint64_t expected) {
  slot_ = &slot;
  expected_ = expected;
  offset_ = 0;
  erased_to_ = 0;
  filled_ = 0;
}

Result<> SlotWriter::push(Bytes chunk) {
  if (!inside(offset_ + filled_, chunk.size(), slot_->size())) {
    return fail(Code::too_big, Where::slot, offset_ + filled_ + chunk.size(), slot_->size());
  }
  while (!chunk.empty()) {
    if (filled_ == 0 && chunk.size() >= kFlashPage) {
      const Bytes pages = chunk.first(chunk.size() / kFlashPage * kFlashPage);
      UPDRAFT_TRY(program(pages));
      chunk = chunk.subspan(pages.size());
      continue;
    }
    const Bytes part = chunk.first(std::min<std::size_t>(chunk.size(), kFlashPage - filled_));
    std::copy(part.begin(), part.end(), page_.begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ += part.size();
    chunk = chunk.subspan(part.size());
    if (filled_ < kFlashPage) break;
    filled_ = 0;
    UPDRAFT_TRY(program(page_));
  }
  return {};
}

Result<> SlotWriter::finish() {
  const Bytes rest = Bytes(page_).first(filled_);
  filled_ = 0;
  return program(rest);
}

Result<> SlotWriter::read(std::uint32_t offset, MutableBytes out) {
  if (slot_ == nullptr || !inside(offset, out.size(), std::uint64_t{offset_} + filled_)) {
    return fail(Code::flash, Where::slot, offset);
  }
  const std::size_t programmed =
      offset < offset_ ? std::min<std::size_t>(out.size(), offset_ - offset) : 0;
  if (programmed > 0) UPDRAFT_TRY(slot_->read(offset, out.first(programmed)));
  const std::size_t held = offset < offset_ ? 0 : offset - offset_;
  std::copy_n(page_.begin() + static_cast<std::ptrdiff_t>(held), out.size() - programmed,
              out.begin() + static_cast<std::ptrdiff_t>(programmed));
  return {};
}

Result<> SlotWriter::program(Bytes pages) {
  while (!pages.empty()) {
    if (offset_ == erased_to_) UPDRAFT_TRY(erase_ahead());
    const std::uint32_t sector_left = kFlashSector - offset_ % kFlashSector;
    const Bytes part = pages.first(std::min<std::size_t>(pages.size(), sector_left));
    UPDRAFT_TRY(slot_->program(offset_, part));
    offset_ += static_cast<std::uint32_t>(part.size());
    pages = pages.subspan(part.size());
  }
  return {};
}

Result<> SlotWriter::erase_ahead() {
  const bool fits = erased_to_ % kFlashBlock == 0 && inside(erased_to_, kFlashBlock, slot_->size());
  const bool pays = expected_ == 0 || expected_ >= erased_to_ + kBlockPaysFrom;
  const std::uint32_t unit = fits && pays ? kFlashBlock : kFlashSector;
  UPDRAFT_TRY(slot_->erase(erased_to_, unit));
  erased_to_ += unit;
  return {};
}

}  // namespace updraft::pipeline
