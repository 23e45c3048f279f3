#include "engine/pipeline/esp_patch_stage.hpp"

#include "engine/core/assert.hpp"
#include "engine/core/same_bytes.hpp"
#include "engine/format/image_in_flash.hpp"

namespace updraft::pipeline {
namespace {

constexpr std::byte kSequentialHeatshrink{0x04};  // patch type 0, compression 4
constexpr std::byte kWindow8Length7{0x44};
constexpr std::size_t kIdentity = 4, kZeros = kIdentity + format::kHashBytes;  // in the header

NumberedFailure malformed(std::uint64_t found = 0, std::uint64_t expected = 0) {
  return fail(Code::malformed, Where::delta, found, expected);
}

}  // namespace

void EspPatchStage::reset(Sink& next, const PatchImages& images, std::uint64_t limit,
                          std::size_t padding) {
  next_ = &next;
  images_ = images;
  base_ = images.base;
  compared_ = 0;
  part_ = Part::header;
  stream_.reset();
  number_.reset();
  taken_ = 0;
  limit_ = limit;
  padding_ = padding;
  header_size_ = 0;
  size_ = made_ = left_ = 0;
  from_ = 0;
  output_size_ = cached_size_ = 0;
}

Result<> EspPatchStage::push(Bytes chunk) {
  UPDRAFT_ASSERT(next_ != nullptr);  // reset() comes first
  taken_ += chunk.size();
  while (part_ < Part::data_size && !chunk.empty()) {
    UPDRAFT_TRY(take_plain(chunk.front()));
    chunk = chunk.subspan(1);
  }
  while (part_ != Part::after_end) {
    const auto byte = stream_.next(chunk);
    if (!byte) return {};
    UPDRAFT_TRY(take_streamed(*byte));
    if (part_ == Part::after_end && !stream_.only_padding_left()) return malformed(taken_);
  }
  if (chunk.size() > padding_) return malformed(taken_);
  padding_ -= chunk.size();
  return {};
}

Result<> EspPatchStage::finish() {
  const bool complete = size_ > 0 && made_ == size_;  // the last skip may be missing
  if (!complete) return fail(Code::size_mismatch, Where::delta, made_, size_);
  UPDRAFT_TRY(push_on());
  return next_->finish();
}

Result<> EspPatchStage::take_plain(std::byte byte) {
  switch (part_) {
    case Part::header:
      header_[header_size_++] = byte;
      if (header_size_ < header_.size()) return {};
      part_ = Part::type;
      return judge_header();
    case Part::type:
      if (byte != kSequentialHeatshrink) break;
      part_ = Part::size;
      return {};
    case Part::size: {
      const Result<bool> complete = number_.take(byte);
      if (!complete) return complete.error();
      if (!*complete) return {};
      if (number_.value() <= 0) return malformed();
      size_ = static_cast<std::uint64_t>(number_.value());
      number_.reset();
      if (size_ > limit_) return fail(Code::too_big, Where::delta, size_, limit_);
      part_ = Part::setting;
      return {};
    }
    default:
      if (byte != kWindow8Length7) break;
      part_ = Part::data_size;
      return {};
  }
  return fail(Code::alg_unsupported, Where::delta, std::to_integer<std::uint8_t>(byte), 0,
              Reason::decoder_limits);
}

Result<> EspPatchStage::judge_header() {
  for (std::size_t i = kZeros; i < header_.size(); ++i) {
    if (header_[i] != std::byte{0}) return malformed(i);
  }
  Flash* const before = images_.target != nullptr ? &images_.target->slot() : nullptr;
  for (Flash* const slot : {images_.base, before}) {
    if (slot == nullptr) continue;
    const Result<bool> found = is_base(*slot);
    if (!found) return found.error();
    base_ = slot;
    if (*found) return {};
  }
  return fail(Code::wrong_base, Where::delta);
}

Result<bool> EspPatchStage::is_base(Flash& slot) const {
  const Result<crypto::Sha256Digest> digest = format::appended_digest(slot);
  if (!digest && digest.error().code == Code::flash) return digest.error();
  return digest && std::equal(digest->begin(), digest->end(), header_.begin() + kIdentity);
}

// Made of what ran before: as long as it is what runs.
Result<> EspPatchStage::push_if_it_runs(Bytes made) {
  std::array<std::byte, kPieceBytes> page;
  const MutableBytes runs = MutableBytes(page).first(made.size());
  const bool there = inside(compared_, made.size(), images_.base->size());
  if (there) UPDRAFT_TRY(images_.base->read(compared_, runs));
  if (!there || !same_bytes(made, runs)) return fail(Code::wrong_base, Where::delta);
  compared_ += static_cast<std::uint32_t>(made.size());
  UPDRAFT_TRY(next_->push(made));
  if (images_.target->written() != 0) return fail(Code::wrong_base, Where::delta);
  return {};
}

Result<> EspPatchStage::take_streamed(std::byte byte) {
  switch (part_) {
    case Part::diff: {
      const Result<std::byte> old = base_byte();
      if (!old) return old.error();
      const unsigned sum = std::to_integer<unsigned>(*old) + std::to_integer<unsigned>(byte);
      UPDRAFT_TRY(put(static_cast<std::byte>(sum & 255u)));
      if (--left_ == 0) part_ = Part::extra_size;
      return {};
    }
    case Part::extra:
      UPDRAFT_TRY(put(byte));
      if (--left_ == 0) part_ = Part::skip;
      return {};
    default:
      break;
  }
  const Result<bool> complete = number_.take(byte);
  if (!complete) return complete.error();
  if (!*complete) return {};
  const std::int64_t value = number_.value();
  number_.reset();
  if (part_ == Part::skip) {
    from_ += value;
    return end_record();
  }
  if (part_ == Part::data_size) {  // patches of data sections are another kind
    if (value != 0) return fail(Code::alg_unsupported, Where::delta, 0, 0, Reason::decoder_limits);
    part_ = Part::diff_size;
    return {};
  }
  const bool diff = part_ == Part::diff_size;
  if (value < 0 || static_cast<std::uint64_t>(value) > size_ - made_) {
    return malformed(made_, size_);
  }
  left_ = static_cast<std::uint64_t>(value);
  const Part run = diff ? Part::diff : Part::extra;
  const Part next = diff ? Part::extra_size : Part::skip;
  part_ = left_ > 0 ? run : next;
  return {};
}

Result<> EspPatchStage::end_record() {
  part_ = Part::diff_size;
  if (made_ < size_) return {};
  part_ = Part::after_end;
  return push_on();
}

Result<> EspPatchStage::put(std::byte byte) {
  output_[output_size_++] = byte;
  ++made_;
  return output_size_ == output_.size() ? push_on() : Result<>{};
}

Result<> EspPatchStage::push_on() {
  const Bytes made = Bytes(output_).first(output_size_);
  output_size_ = 0;
  if (made.empty()) return {};
  return base_ == images_.base ? next_->push(made) : push_if_it_runs(made);
}

Result<std::byte> EspPatchStage::base_byte() {
  if (from_ < 0 || from_ >= static_cast<std::int64_t>(base_->size())) {
    return malformed(static_cast<std::uint64_t>(from_), base_->size());
  }
  const auto at = static_cast<std::uint32_t>(from_++);
  if (at < cached_at_ || at - cached_at_ >= cached_size_) {
    cached_size_ = 0;
    const std::size_t size = std::min<std::size_t>(cached_.size(), base_->size() - at);
    UPDRAFT_TRY(base_->read(at, MutableBytes(cached_).first(size)));
    cached_at_ = at;
    cached_size_ = size;
  }
  return cached_[at - cached_at_];
}

Result<bool> EspPatchStage::Varint::take(std::byte byte) {
  const auto b = std::to_integer<std::int64_t>(byte);
  if (bytes_ == 0) {
    negative_ = (b & 0x40) != 0;
    value_ = b & 0x3F;
  } else {
    value_ |= (b & 0x7F) << (6 + 7 * (bytes_ - 1));
  }
  ++bytes_;
  if ((b & 0x80) == 0) return true;
  if (bytes_ == kMaxVarintBytes) return malformed(bytes_, kMaxVarintBytes);
  return false;
}

}  // namespace updraft::pipeline
