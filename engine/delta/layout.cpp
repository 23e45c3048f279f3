#include "engine/delta/layout.hpp"

namespace updraft::delta {

void Layout::clear() {
  count_ = 0;
  recent_ = 0;
  end_ = format::kImageHeaderBytes;
  checksum_end_ = 0;
  image_end_ = 0;
}

void Layout::make_plain(std::uint32_t size) {
  clear();
  segments_[0] = {.address = 0, .offset = 0, .size = size, .kind = SegmentKind::data};
  count_ = 1;
}

bool Layout::add(std::uint32_t address, std::uint32_t size, SegmentKind kind, std::uint32_t limit) {
  const std::uint64_t offset = std::uint64_t{end_} + format::kSegmentHeaderBytes;
  if (count_ == segments_.size() || offset + size > limit) return false;
  segments_[count_++] = {address, static_cast<std::uint32_t>(offset), size, kind};
  end_ = static_cast<std::uint32_t>(offset + size);
  return true;
}

bool Layout::close(bool hashed, std::uint32_t limit) {
  const std::uint64_t checksum_end = format::checksum_end(end_);
  const std::uint64_t image_end = checksum_end + (hashed ? format::kHashBytes : 0);
  if (image_end > limit) return false;
  checksum_end_ = static_cast<std::uint32_t>(checksum_end);
  image_end_ = static_cast<std::uint32_t>(image_end);
  return true;
}

const Segment* Layout::look_up(std::uint32_t offset) const {
  for (std::size_t i = 0; i < count_; ++i) {
    if (!segments_[i].holds_offset(offset)) continue;
    recent_ = i;
    return &segments_[i];
  }
  return nullptr;
}

const Segment* Layout::at_address(std::uint32_t address) const {
  for (const Segment& segment : segments()) {
    if (segment.holds_address(address)) return &segment;
  }
  return nullptr;
}

std::uint32_t Layout::known_bytes(std::uint32_t offset) const {
  if (offset >= image_end_ || at_offset(offset) != nullptr) return 0;
  std::uint32_t next = image_end_;
  for (const Segment& segment : segments()) {
    if (segment.size > 0 && segment.offset > offset) next = std::min(next, segment.offset);
  }
  return next - offset;
}

}  // namespace updraft::delta
