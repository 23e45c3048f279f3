#include "engine/delta/decoder_end.hpp"

namespace updraft::delta {

void DecoderEnd::reset(Ends& ends, const Facts& facts) {
  ends_ = &ends;
  facts_ = &facts;
  coder_.reset();
  status_ = {};
}

void DecoderEnd::start(std::uint32_t base_size, std::uint32_t from) {
  base_size_ = base_size;
  base_cache_.clear();
  made_cache_.clear();
  output_size_ = 0;
  flushed_ = from;
  checksum_ = format::kChecksumSeed;
  target_sha_.reset();
  image_sha_.reset();
}

Result<crypto::Sha256Digest> DecoderEnd::digest_base(std::uint32_t size) {
  target_sha_.reset();
  for (std::uint32_t at = 0; at < size;) {
    const MutableBytes part =
        MutableBytes(output_).first(std::min<std::size_t>(output_.size(), size - at));
    UPDRAFT_TRY(ends_->read_base(at, part));
    target_sha_.update(part);
    at += static_cast<std::uint32_t>(part.size());
  }
  return target_sha_.finish();
}

Result<> DecoderEnd::flush() {
  const Bytes made = Bytes(output_).first(output_size_);
  if (!status_ || made.empty()) return status_;
  sum(made);
  keep(ends_->take(made));
  output_size_ = 0;
  return status_;
}

// The digests over target bytes that leave here, or are elsewhere already.
void DecoderEnd::sum(Bytes made) {
  target_sha_.update(made);
  if (flushed_ < summed_to()) {
    image_sha_.update(made.first(std::min<std::size_t>(made.size(), summed_to() - flushed_)));
  }
  flushed_ += static_cast<std::uint32_t>(made.size());
}

void DecoderEnd::skip(Bytes made) {
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (facts_->target.at_offset(flushed_ + static_cast<std::uint32_t>(i)) == nullptr) continue;
    checksum_ = static_cast<std::uint8_t>(checksum_ ^ std::to_integer<std::uint8_t>(made[i]));
  }
  const bool before_digest = flushed_ <= summed_to();
  sum(made);
  if (before_digest && flushed_ > summed_to()) image_digest_ = image_sha_.finish();
}

std::uint32_t DecoderEnd::base_byte(std::uint32_t offset) {
  if (!status_ || offset >= base_size_) return 0;
  const auto byte = base_cache_.byte(
      offset, base_size_,
      [this](std::uint32_t at, MutableBytes out) { return ends_->read_base(at, out); });
  if (byte) return *byte;
  status_ = byte.error();
  return 0;
}

std::uint32_t DecoderEnd::base_bytes(std::uint32_t offset, std::uint32_t size) {
  const Bytes here = base_cache_.here(offset);
  std::uint32_t value = 0;
  for (std::uint32_t i = 0; i < size; ++i) {
    const std::uint32_t byte =
        i < here.size() ? std::to_integer<std::uint32_t>(here[i]) : base_byte(offset + i);
    value |= byte << 8 * i;
  }
  return value;
}

std::uint32_t DecoderEnd::produced_byte(std::uint32_t offset) {
  if (offset >= flushed_) {
    const std::uint32_t at = offset - flushed_;
    return at < output_size_ ? std::to_integer<std::uint32_t>(output_[at]) : 0;
  }
  if (!status_) return 0;
  const auto byte = made_cache_.byte(offset, flushed_, [this](std::uint32_t at, MutableBytes out) {
    return ends_->read_made(at, out);
  });
  if (byte) return *byte;
  status_ = byte.error();
  return 0;
}

std::uint32_t DecoderEnd::produced_word(std::uint32_t offset) {
  const Bytes here = offset < flushed_ ? made_cache_.here(offset) : Bytes{};
  if (here.size() >= 4) return load_le32(here, 0);
  std::uint32_t value = 0;
  for (std::uint32_t i = 0; i < 4; ++i) value |= produced_byte(offset + i) << 8 * i;
  return value;
}

std::uint32_t DecoderEnd::known_byte(std::uint32_t offset) {
  if (offset < format::kImageHeaderBytes) return load_u8(facts_->header, offset);
  const Layout& target = facts_->target;
  for (const Segment& segment : target.segments()) {
    const std::uint32_t at = offset - (segment.offset - 8);
    if (at < 4) return segment.address >> 8 * at & 255u;
    if (at < 8) return segment.size >> 8 * (at - 4) & 255u;
  }
  if (offset < target.checksum_at()) return 0;
  if (offset == target.checksum_at()) return checksum_;
  const std::uint32_t at = offset - target.checksum_at() - 1;
  if (at == 0) {
    (void)flush();
    image_digest_ = image_sha_.finish();
  }
  return load_u8(image_digest_, at);
}

void DecoderEnd::put(std::uint32_t offset, std::uint32_t bytes, std::uint32_t size) {
  const bool summed = facts_->target.at_offset(offset) != nullptr;
  for (std::uint32_t i = 0; i < size; ++i) {
    const std::uint32_t byte = bytes >> 8 * i & 255u;
    if (summed) checksum_ = static_cast<std::uint8_t>(checksum_ ^ byte);
    output_[output_size_++] = static_cast<std::byte>(byte);
    if (output_size_ == output_.size()) (void)flush();
    if (!status_) output_size_ = 0;
  }
}

}  // namespace updraft::delta
