#include "engine/pipeline/image_stage.hpp"

#include "engine/core/assert.hpp"

namespace updraft::pipeline {

void ImageStage::reset(const format::ImageExpectation& expectation) {
  verifier_.reset(expectation);
  capacity_ = expectation.capacity;
  head_size_ = 0;
  passed_ = 0;
}

Result<> ImageStage::push(Bytes chunk) {
  UPDRAFT_TRY(verifier_.push(chunk));
  next_.expect(verifier_.announced());
  if (head_passed()) return pass_on(chunk);
  const Bytes head = chunk.first(std::min(chunk.size(), head_.size() - head_size_));
  std::copy(head.begin(), head.end(), head_.begin() + static_cast<std::ptrdiff_t>(head_size_));
  head_size_ += head.size();
  if (!head_passed()) return {};
  UPDRAFT_TRY(pass_on(head_));
  return pass_on(chunk.subspan(head.size()));
}

Result<> ImageStage::skip(Bytes held) {
  UPDRAFT_ASSERT(head_passed());
  passed_ += held.size();
  return verifier_.push(held);
}

Result<> ImageStage::finish() {
  UPDRAFT_TRY(verifier_.finish());
  return next_.finish();
}

Result<> ImageStage::pass_on(Bytes chunk) {
  const std::uint64_t extent = verifier_.extent();
  std::uint64_t room = capacity_ != 0 ? capacity_ : UINT32_MAX;
  if (extent != 0) room = std::min(room, extent);
  const std::uint64_t left = room - std::min(room, passed_);
  const Bytes part = at_most(chunk, left);
  passed_ += part.size();
  return part.empty() ? Result<>{} : next_.push(part);
}

}  // namespace updraft::pipeline
