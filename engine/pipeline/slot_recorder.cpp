#include "engine/pipeline/slot_recorder.hpp"

#include <algorithm>

#include "engine/crypto/digest.hpp"

namespace updraft::pipeline {

void SlotRecorder::recognize(Bytes first_sector) {
  const crypto::Sha256Digest digest = crypto::sha256(first_sector);
  std::copy_n(digest.begin(), identity_.size(), identity_.begin());
  if (ledger_ == nullptr || ledger_->state() != SlotLedger::State::interrupted) return;
  const SlotLedger::Update& before = ledger_->update();
  same_payload_ = before.identity == identity_ && before.payload_size == bytes_;
}

std::uint32_t SlotRecorder::resumable_to() const {
  if (!same_payload_ || marked_) return 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes_, ledger_->good_to()));
}

void SlotRecorder::changing(std::uint32_t offset) {
  if (marked_ || ledger_ == nullptr) return;
  marked_ = true;
  const std::uint32_t block = offset / kFlashBlock * kFlashBlock;
  if (same_payload_ && block == ledger_->good_to()) return ledger_->go_on();
  ledger_->begin({.identity = identity_,
                  .payload_size = static_cast<std::uint32_t>(bytes_),
                  .begun_at = block,
                  .doubtful_to = ledger_->doubtful_to()});
}

void SlotRecorder::note_verified(std::uint32_t image_bytes) {
  if (ledger_ == nullptr) return;
  const bool all_was_there = same_payload_ && ledger_->good_to() >= image_bytes;
  if (marked_ || all_was_there) ledger_->complete(image_bytes);
}

}  // namespace updraft::pipeline
