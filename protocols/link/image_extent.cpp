#include "protocols/link/image_extent.hpp"

#include <algorithm>

#include "engine/crypto/digest.hpp"

namespace updraft::link {
namespace {

constexpr std::uint8_t kImageMagic = 0xE9;
constexpr std::size_t kSegmentsAt = 1, kHashedAt = 23, kLengthAt = 4;
constexpr std::uint64_t kChecksumUnit = 16;  // the checksum is the last byte of such a unit

}  // namespace

void ImageExtent::add(Bytes bytes) {
  while (!bytes.empty() && (state_ == State::header || state_ == State::segments)) {
    const Bytes skipped = at_most(bytes, next_ - at_);
    at_ += skipped.size();
    bytes = bytes.subspan(skipped.size());
    const std::size_t wanted = state_ == State::header ? kHeaderBytes : kSegmentHeadBytes;
    const Bytes part = at_most(bytes, wanted - held_);
    std::ranges::copy(part, head_.begin() + static_cast<std::ptrdiff_t>(held_));
    held_ += part.size();
    at_ += part.size();
    next_ += part.size();
    bytes = bytes.subspan(part.size());
    if (held_ != wanted) continue;
    held_ = 0;
    take(Bytes(head_).first(wanted));
  }
  at_ += bytes.size();
}

void ImageExtent::take(Bytes head) {
  if (state_ == State::header) {
    state_ = load_u8(head, 0) == kImageMagic ? State::segments : State::no_image;
    segments_ = load_u8(head, kSegmentsAt);
    hashed_ = load_u8(head, kHashedAt) == 1;
  } else {
    next_ += load_le32(head, kLengthAt);  // 64 bits hold 255 of them
    --segments_;
  }
  if (state_ != State::segments || segments_ != 0) return;
  state_ = State::known;
  end_ = align_up(next_ + 1, kChecksumUnit) + (hashed_ ? sizeof(crypto::Sha256Digest) : 0);
}

}  // namespace updraft::link
