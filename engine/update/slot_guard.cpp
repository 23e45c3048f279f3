#include "engine/update/slot_guard.hpp"

#include <algorithm>

#include "engine/core/same_bytes.hpp"

namespace updraft {

void SlotGuard::reset(Flash* running) {
  running_ = running;
  length_ = 0;
  held_ = 0;
  opened_ = false;
}

void SlotGuard::expect(std::uint64_t bytes) {
  length_ = bytes;
  writer_.expect(bytes);
}

Result<> SlotGuard::push(Bytes chunk) {
  if (!opened_ && running_ != nullptr && equals_running(chunk)) {
    held_ += static_cast<std::uint32_t>(chunk.size());
    return {};
  }
  if (!opened_) UPDRAFT_TRY(open());
  return writer_.push(chunk);
}

bool SlotGuard::equals_running(Bytes chunk) {
  std::array<std::byte, kFlashPage> page;
  std::uint32_t at = held_;
  for (Bytes rest = at_most(chunk, length_ - std::min<std::uint64_t>(length_, at));
       !rest.empty();) {
    const Bytes part = at_most(rest, page.size());
    if (!running_->read(at, MutableBytes(page).first(part.size()))) return false;
    if (!same_bytes(part, Bytes(page).first(part.size()))) return false;
    at += static_cast<std::uint32_t>(part.size());
    rest = rest.subspan(part.size());
  }
  running_->yield();
  return true;
}

Result<> SlotGuard::open() {
  UPDRAFT_TRY(owner_.enter_slot());
  opened_ = true;
  std::array<std::byte, kFlashPage> page;
  for (std::uint32_t at = 0; at < held_;) {
    const MutableBytes part =
        MutableBytes(page).first(std::min<std::size_t>(held_ - at, page.size()));
    UPDRAFT_TRY(running_->read(at, part));
    UPDRAFT_TRY(writer_.push(part));
    at += static_cast<std::uint32_t>(part.size());
  }
  return {};
}

}  // namespace updraft
