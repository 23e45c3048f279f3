#include "engine/pipeline/unseal_stage.hpp"

#include <algorithm>

#include "engine/core/assert.hpp"

namespace updraft::pipeline {

using crypto::kGcmBlock;
using format::kSealedHeaderBytes;

void UnsealStage::reset(Sink& next, std::uint64_t limit, std::size_t padding) {
  next_ = &next;
  part_ = Part::header;
  limit_ = limit;
  padding_ = padding;
  filled_ = 0;
}

Result<> UnsealStage::push(Bytes chunk) {
  UPDRAFT_ASSERT(next_ != nullptr);  // reset() comes first
  while (!chunk.empty()) {
    Result<> taken;
    if (part_ == Part::header) {
      taken = take_header(chunk);
    } else if (part_ == Part::content) {
      taken = take_content(chunk);
    } else {
      taken = take_after_end(chunk);
    }
    if (!taken) return taken;
  }
  return {};
}

Result<> UnsealStage::finish() {
  if (part_ == Part::header) {
    return fail(Code::size_mismatch, Where::gate, filled_, kSealedHeaderBytes);
  }
  if (part_ == Part::content) {
    const std::uint64_t whole = kSealedHeaderBytes + std::uint64_t{length_};
    return fail(Code::size_mismatch, Where::gate, whole - left_, whole);
  }
  return next_->finish();
}

Result<> UnsealStage::take_header(Bytes& in) {
  fill_buffer(in, kSealedHeaderBytes);
  if (filled_ < kSealedHeaderBytes) return {};
  const auto header = format::parse_sealed_header(Bytes(buffer_).first(filled_), limit_);
  if (!header) return header.error();
  const Result<crypto::Secret<32>> key = keys_.content_key(*header);
  if (!key) return key.error();
  gcm_.start(*key, header->iv);
  std::ranges::copy(header->tag, tag_.begin());
  length_ = header->length;
  left_ = length_;
  filled_ = 0;
  part_ = Part::content;
  return {};
}

// All whole blocks go on immediately, except the last block of the content.
Result<> UnsealStage::take_content(Bytes& in) {
  const std::size_t before = filled_;
  fill_buffer(in, filled_ + std::min<std::size_t>(left_, buffer_.size() - filled_));
  left_ -= static_cast<std::uint32_t>(filled_ - before);
  const std::size_t held_back = left_ == 0 ? 1 : 0;
  UPDRAFT_TRY(pass_on((filled_ - held_back) / kGcmBlock * kGcmBlock));
  return left_ == 0 ? end_content() : Result<>{};
}

Result<> UnsealStage::end_content() {
  const MutableBytes last = MutableBytes(buffer_).first(filled_);
  gcm_.process(last, last);
  if (!gcm_.verify(tag_)) return fail(Code::bad_hash, Where::gate, 0, 0, Reason::sealed_damaged);
  part_ = Part::after_end;
  return next_->push(last);
}

Result<> UnsealStage::take_after_end(Bytes& in) {
  if (in.size() > padding_) return fail(Code::malformed, Where::gate, in.size(), padding_);
  padding_ -= in.size();
  in = {};
  return {};
}

void UnsealStage::fill_buffer(Bytes& in, std::size_t most) {
  const Bytes part = in.first(std::min(in.size(), most - filled_));
  std::ranges::copy(part, MutableBytes(buffer_).subspan(filled_).begin());
  filled_ += part.size();
  in = in.subspan(part.size());
}

Result<> UnsealStage::pass_on(std::size_t size) {
  if (size == 0) return {};
  const MutableBytes blocks = MutableBytes(buffer_).first(size);
  gcm_.process(blocks, blocks);
  UPDRAFT_TRY(next_->push(blocks));
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(size),
            buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
  filled_ -= size;
  return {};
}

}  // namespace updraft::pipeline
