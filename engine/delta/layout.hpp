// Where the segments of an image lie, in the file and in memory, and which of its bytes follow from
// the others (spec/delta.md sections 4.1, 6 and 8).
#pragma once
#include <array>
#include <cstdint>

#include "updraft/bytes.hpp"

#include "engine/delta/ranges.hpp"
#include "engine/format/image.hpp"

namespace updraft::delta {

struct Segment {
  std::uint32_t address = 0, offset = 0, size = 0;  // offset: of its first byte in the file
  SegmentKind kind = SegmentKind::data;
  bool holds_offset(std::uint32_t at) const { return at - offset < size && at >= offset; }
  bool holds_address(std::uint32_t a) const { return a - address < size; }
  std::uint32_t end() const { return offset + size; }
  std::uint32_t address_of(std::uint32_t at) const { return address + (at - offset); }
  std::uint32_t offset_of(std::uint32_t a) const { return offset + (a - address); }
};

class Layout {
 public:
  void clear();
  void make_plain(std::uint32_t size);  // one data segment at address 0
  // Appends a segment after the last. False: it would end beyond `limit`.
  bool add(std::uint32_t address, std::uint32_t size, SegmentKind kind, std::uint32_t limit);
  // All segments are there; `hashed`: header byte 23 is 1. False: the image ends beyond `limit`.
  bool close(bool hashed, std::uint32_t limit);

  std::span<const Segment> segments() const { return std::span(segments_).first(count_); }
  const Segment* at_offset(std::uint32_t offset) const {  // nullptr: outside all segments
    const Segment& recent = segments_[recent_];
    return recent.holds_offset(offset) && recent_ < count_ ? &recent : look_up(offset);
  }
  const Segment* at_address(std::uint32_t address) const;  // nullptr: outside all segments
  // How many bytes from `offset` on are headers, padding, checksum or digest; 0: none.
  std::uint32_t known_bytes(std::uint32_t offset) const;
  // Of the last block: where the checksum byte stands, and where the image ends.
  std::uint32_t checksum_at() const { return checksum_end_ - 1; }
  std::uint32_t image_end() const { return image_end_; }

 private:
  const Segment* look_up(std::uint32_t offset) const;

  std::array<Segment, format::kMaxSegments> segments_{};
  std::size_t count_ = 0;
  std::uint32_t end_ = 0;  // of the last segment
  std::uint32_t checksum_end_ = 0, image_end_ = 0;
  mutable std::size_t recent_ = 0;  // offsets are asked for in order
};

}  // namespace updraft::delta
