#include "engine/parts/sparse_store.hpp"

#include <bit>

#include "engine/core/assert.hpp"
#include "engine/core/same_bytes.hpp"
#include "engine/format/crc32.hpp"

namespace updraft::parts {
namespace {

constexpr std::uint32_t kMagic = 0x54534455;  // "UDST"
constexpr std::uint32_t kLayout = 1;
constexpr std::size_t kSizeAt = 8, kStoredAt = 12, kLabelAt = 16, kDigestAt = 32;
constexpr std::size_t kBlanksCrcAt = 64, kMapAt = 68;
constexpr std::size_t kCrcAt = kMapAt + kSparseMapBytes;
constexpr std::uint32_t kBlanksAt = 1024;
constexpr std::uint32_t kBlanksGroup = 16 * 8;  // sectors that StoreWriter::blanks_ has bits of
constexpr std::uint32_t kBlanksGroups = kSparseMapBytes * 8 / kBlanksGroup;

constexpr std::uint32_t sector_of(std::uint32_t offset) { return offset / kFlashSector; }

}  // namespace

void StoreWriter::begin(Flash& area, std::uint32_t floor, std::uint32_t top,
                        std::uint32_t max_erase) {
  UPDRAFT_ASSERT(floor % kFlashSector == 0 && top % kFlashSector == 0 && floor < top);
  area_ = &area;
  floor_ = floor;
  top_ = erased_from_ = top;
  max_erase_ = max_erase;
  stored_ = 0;
  record_.fill(std::byte{0});
  blanks_.fill(std::byte{0xFF});
  blanks_at_ = blanks_crc_ = 0;
}

bool StoreWriter::has(std::uint32_t sector) const {
  return (load_u8(record_, kMapAt + sector / 8) >> sector % 8 & 1u) != 0;
}

// Of one that is stored: as many sectors stand above it as come before it.
std::uint32_t StoreWriter::place_of(std::uint32_t sector) const {
  std::uint32_t before = 0;
  for (std::uint32_t one = 0; one < sector; ++one) before += has(one) ? 1 : 0;
  return head() - (before + 1) * kFlashSector;
}

Result<> StoreWriter::read(std::uint32_t offset, MutableBytes out) {
  while (!out.empty()) {
    const std::uint32_t in_sector = offset % kFlashSector;
    const MutableBytes part =
        out.first(std::min<std::size_t>(out.size(), kFlashSector - in_sector));
    const std::uint32_t sector = sector_of(offset);
    std::ranges::fill(part, std::byte{0xFF});
    if (offset < kSparseBytes && has(sector)) {
      UPDRAFT_TRY(area_->read(place_of(sector) + in_sector, part));
    }
    offset += static_cast<std::uint32_t>(part.size());
    out = out.subspan(part.size());
  }
  return {};
}

Result<> StoreWriter::write(std::uint32_t offset, Bytes bytes) {
  const std::uint32_t sector = sector_of(offset);
  UPDRAFT_ASSERT(offset < kSparseBytes && offset % kFlashSector + bytes.size() <= kFlashSector);
  if (!has(sector)) {
    if (is_erased(bytes)) return {};
    UPDRAFT_TRY(claim(sector, offset));
  }
  if (is_blank(*area_, bytes)) return {};
  return program_pages(*area_, low() + offset % kFlashSector, bytes);
}

// Through flash encryption FF has to be written like anything else.
Result<> StoreWriter::claim(std::uint32_t sector, std::uint32_t offset) {
  const std::uint32_t needed = (stored_ + 2) * kFlashSector;
  if (needed > top_ - floor_) return fail(Code::no_room, Where::slot, needed, top_ - floor_);
  if (!begun()) UPDRAFT_TRY(erase_down_to(head()));
  UPDRAFT_TRY(erase_down_to(low() - kFlashSector));
  ++stored_;
  record_[kMapAt + sector / 8] |= static_cast<std::byte>(1u << sector % 8);
  if (area_->erased_reads_blank()) return {};
  std::array<std::byte, kFlashPage> blank;
  blank.fill(std::byte{0xFF});
  for (std::uint32_t at = 0; at < offset % kFlashSector; at += kFlashPage) {
    UPDRAFT_TRY(program_pages(*area_, low() + at, blank));
  }
  return {};
}

Result<> StoreWriter::mark_blank(std::uint32_t sector) {
  UPDRAFT_ASSERT(sector / kBlanksGroup >= blanks_at_);
  while (blanks_at_ < sector / kBlanksGroup) UPDRAFT_TRY(write_blanks());
  const std::uint32_t bit = sector % kBlanksGroup;
  blanks_[bit / 8] &= static_cast<std::byte>(~(1u << bit % 8) & 0xFF);
  return {};
}

Result<> StoreWriter::write_blanks() {
  if (!begun()) UPDRAFT_TRY(erase_down_to(head()));
  const auto size = static_cast<std::uint32_t>(blanks_.size());
  blanks_crc_ = format::crc32(blanks_, blanks_crc_);
  const bool none = is_blank(*area_, blanks_);
  if (!none) {
    UPDRAFT_TRY(program_pages(*area_, head() + kBlanksAt + blanks_at_ * size, blanks_));
  }
  blanks_.fill(std::byte{0xFF});
  ++blanks_at_;
  return {};
}

Result<> StoreWriter::erase_down_to(std::uint32_t place) {
  if (place >= erased_from_) return {};
  const std::uint32_t end = place + kFlashSector;
  const bool whole = end % kFlashBlock == 0 && end >= floor_ + kFlashBlock;
  const std::uint32_t unit = whole && max_erase_ >= kFlashBlock ? kFlashBlock : kFlashSector;
  area_->yield();
  UPDRAFT_TRY(area_->erase(end - unit, unit));
  area_->yield();
  erased_from_ = end - unit;
  return {};
}

Result<> StoreWriter::finish(const StoredImage& image) {
  while (blanks_at_ < kBlanksGroups) UPDRAFT_TRY(write_blanks());
  store_le32(record_, kBlanksCrcAt, blanks_crc_);
  store_le32(record_, 0, kMagic);
  store_le32(record_, 4, kLayout);
  store_le32(record_, kSizeAt, image.size);
  store_le32(record_, kStoredAt, stored_);
  std::ranges::copy(as_bytes(image.label.view()), record_.begin() + kLabelAt);
  std::ranges::copy(image.digest, record_.begin() + kDigestAt);
  format::end_in_crc(record_);
  UPDRAFT_TRY(program_pages(*area_, head(), record_));
  StoreReader back;
  return back.open(*area_, head());
}

Result<> StoreReader::open(Flash& area, std::uint32_t head) {
  area_ = &area;
  head_ = head;
  at_ = before_ = 0;
  byte_at_ = UINT32_MAX;
  const Failure broken = fail(Code::malformed, Where::slot);
  if (head % kFlashSector != 0 || !inside(head, kFlashSector, area.size())) return broken;
  std::array<std::byte, kMapAt> first;
  UPDRAFT_TRY(area.read(head, first));
  std::uint32_t crc = format::crc32(first);
  std::uint32_t bits = 0;
  std::uint32_t blanks_crc = 0;
  std::array<std::byte, 64> piece;
  for (std::uint32_t at = 0; at < kSparseMapBytes; at += 64) {
    UPDRAFT_TRY(area.read(head + kBlanksAt + at, piece));
    blanks_crc = format::crc32(piece, blanks_crc);
    UPDRAFT_TRY(area.read(head + static_cast<std::uint32_t>(kMapAt) + at, piece));
    crc = format::crc32(piece, crc);
    for (const std::byte b : piece) {
      bits += static_cast<std::uint32_t>(std::popcount(std::to_integer<std::uint8_t>(b)));
    }
  }
  std::array<std::byte, 4> sum;
  UPDRAFT_TRY(area.read(head + static_cast<std::uint32_t>(kCrcAt), sum));
  stored_ = load_le32(first, kStoredAt);
  image_.size = load_le32(first, kSizeAt);
  const bool sound = load_le32(first, 0) == kMagic && load_le32(first, 4) == kLayout &&
                     load_le32(sum, 0) == crc && load_le32(first, kBlanksCrcAt) == blanks_crc &&
                     bits == stored_ && image_.size <= kSparseBytes &&
                     std::uint64_t{stored_} * kFlashSector <= head;
  if (!sound) return broken;
  image_.label = Text<format::kPartitionLabelBytes>(Bytes(first).subspan(kLabelAt, 16));
  std::copy_n(first.begin() + kDigestAt, image_.digest.size(), image_.digest.begin());
  return {};
}

Result<bool> StoreReader::has(std::uint32_t sector) {
  const std::uint32_t at = sector / 8;
  if (at >= kSparseMapBytes) return false;
  if (at != byte_at_) {
    byte_at_ = UINT32_MAX;
    UPDRAFT_TRY(area_->read(head_ + static_cast<std::uint32_t>(kMapAt) + at, {&byte_, 1}));
    byte_at_ = at;
  }
  return (std::to_integer<std::uint32_t>(byte_) >> sector % 8 & 1u) != 0;
}

Result<bool> StoreReader::says(std::uint32_t sector) {
  const Result<bool> stored = has(sector);
  if (!stored || *stored || sector / 8 >= kSparseMapBytes) return stored;
  std::byte blanks{};
  UPDRAFT_TRY(area_->read(head_ + kBlanksAt + sector / 8, {&blanks, 1}));
  return (std::to_integer<std::uint32_t>(blanks) >> sector % 8 & 1u) == 0;
}

// Counts on from the sector that was asked for last; sectors are read in order.
Result<> StoreReader::rank(std::uint32_t sector) {
  if (sector < at_) at_ = before_ = 0;
  while (at_ < sector) {
    const Result<bool> stored = has(at_);
    if (!stored) return stored.error();
    before_ += *stored ? 1 : 0;
    ++at_;
  }
  return {};
}

Result<> StoreReader::read(std::uint32_t offset, MutableBytes out) {
  UPDRAFT_ASSERT(offset % kFlashSector + out.size() <= kFlashSector);
  const std::uint32_t sector = sector_of(offset);
  UPDRAFT_TRY(rank(sector));
  const Result<bool> stored = has(sector);
  if (!stored) return stored.error();
  if (!*stored) {
    std::ranges::fill(out, std::byte{0xFF});
    return {};
  }
  const std::uint32_t place = head_ - (before_ + 1) * kFlashSector;
  return area_->read(place + offset % kFlashSector, out);
}

}  // namespace updraft::parts
