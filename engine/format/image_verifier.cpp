#include "engine/format/image_verifier.hpp"

#include <cstring>

#include "engine/format/load_memory.hpp"

namespace updraft::format {
namespace {

// XOR of all bytes; eight at a time, because every image byte passes here.
std::uint8_t xor_all(Bytes bytes) {
  std::uint64_t wide = 0;
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    wide ^= word;
  }
  wide ^= wide >> 32;
  wide ^= wide >> 16;
  wide ^= wide >> 8;
  auto folded = static_cast<std::uint8_t>(wide);
  for (; at < bytes.size(); ++at) folded ^= load_u8(bytes, at);
  return folded;
}

// Nearly all numbers have 32 bits, and one place makes errors of them: code is what a chip is short
// of.
[[gnu::noinline]] Result<> refuse(Code code, std::uint32_t found = 0, std::uint32_t expected = 0,
                                  Reason reason = Reason::none) {
  return fail(code, Where::image, found, expected, reason);
}

// `lowest`: as the range's own end counts, which for chip revisions is always and for eFuse blocks
// only where it is set.
Result<> judge_revision(const RevisionRange& allowed, std::uint16_t lowest, std::uint16_t is,
                        bool ignore_max, Reason reason) {
  const bool too_new = RevisionRange::is_set(allowed.max) && is > allowed.max && !ignore_max;
  if (is >= lowest && !too_new) return {};
  return refuse(Code::wrong_revision, allowed.packed(), is, reason);
}

}  // namespace

void ImageVerifier::reset(const ImageExpectation& expectation) {
  expect_ = expectation;
  chip_ = nullptr;
  info_ = {};
  part_ = Part::header;
  gathered_ = 0;
  received_ = 0;
  part_left_ = 0;
  end_ = 0;
  segment_ = 0;
  maps_any_ = false;
  mmu_page_ = kDefaultMmuPage;
  checksum_ = kChecksumSeed;
  sha_.reset();
  sha_as_if_hashed_.reset();
}

Result<> ImageVerifier::push(Bytes bytes) {
  while (!bytes.empty()) {
    const std::size_t before = bytes.size();
    UPDRAFT_TRY(take(bytes));
    received_ += before - bytes.size();
  }
  return {};
}

Result<> ImageVerifier::finish() {
  if (part_ != Part::after_end)
    return fail(Code::size_mismatch, Where::image, received_, info_.length);
  const bool flag_damaged =
      !info_.header.hash_appended && gathered_ == kHashBytes &&
      std::memcmp(field_.data(), digest_as_if_hashed_.data(), kHashBytes) == 0;
  if (flag_damaged) return refuse(Code::bad_hash, 0, 1);
  info_.complete = true;
  return {};
}

std::uint64_t ImageVerifier::announced() const {
  if (info_.length != 0) return info_.length;
  if (end_ == 0) return kImageHeaderBytes;
  const std::uint64_t to_come = info_.header.segment_count - segment_;
  const bool in_data = part_ == Part::segment_data;  // whose header is in end_ already
  return checksum_end(end_ + (to_come - (in_data ? 1 : 0)) * kSegmentHeaderBytes);
}

std::uint64_t ImageVerifier::extent() const {
  if (info_.length == 0) return 0;
  return align_up(info_.length, kSignatureSectorBytes) + kSignatureSectorBytes;
}

Result<> ImageVerifier::take(Bytes& bytes) {
  switch (part_) {
    case Part::header:
      if (gather(bytes, kImageHeaderBytes)) return judge_header();
      break;
    case Part::segment_header:
      if (gather(bytes, kSegmentHeaderBytes)) return judge_segment();
      break;
    case Part::segment_data:
      return take_data(bytes);
    case Part::padding:
      if (gather(bytes, static_cast<std::size_t>(part_left_))) return judge_checksum();
      break;
    case Part::hash:
      if (gather(bytes, kHashBytes)) return judge_hash();
      break;
    case Part::after_end:
      if (gathered_ < kHashBytes) gather(bytes, kHashBytes);
      bytes = {};
      break;
  }
  return {};
}

Result<> ImageVerifier::take_data(Bytes& bytes) {
  const Bytes data = at_most(bytes, part_left_);
  bytes = bytes.subspan(data.size());
  hash(data);
  checksum_ ^= xor_all(data);
  Bytes head = data;
  const bool in_descriptor = segment_ == 0 && gathered_ < kAppDescriptorBytes;
  if (in_descriptor && gather(head, kAppDescriptorBytes)) UPDRAFT_TRY(judge_descriptor());
  part_left_ -= data.size();
  if (part_left_ == 0) {
    ++segment_;
    next_segment_or_padding();
  }
  return {};
}

bool ImageVerifier::gather(Bytes& bytes, std::size_t want) {
  const std::size_t n = std::min(bytes.size(), want - gathered_);
  std::copy_n(bytes.begin(), n, field_.begin() + static_cast<std::ptrdiff_t>(gathered_));
  gathered_ += n;
  bytes = bytes.subspan(n);
  return gathered_ == want;
}

Result<> ImageVerifier::judge_header() {
  const Result<ImageHeader> header = parse_image_header(field_);
  if (!header) return header.error();
  info_.header = *header;
  chip_ = expect_.chip != nullptr ? expect_.chip : find_chip(header->chip_id);
  if (chip_ == nullptr || chip_->id != header->chip_id) {
    return refuse(Code::wrong_chip, header->chip_id, chip_ != nullptr ? chip_->id : 0);
  }
  if (expect_.chip != nullptr) {
    const RevisionRange& allowed = header->chip_revisions;
    UPDRAFT_TRY(judge_revision(allowed, allowed.min, expect_.chip_revision,
                               expect_.ignore_max_revision, Reason::none));
  }
  if (header->segment_count == 0 || header->segment_count > kMaxSegments) {
    return refuse(Code::malformed, header->segment_count, kMaxSegments);
  }
  if (expect_.require_hash && !header->hash_appended) return refuse(Code::bad_hash, 0, 1);
  hash(Bytes(field_).first(kImageHeaderBytes));
  end_ = kImageHeaderBytes;
  next_segment_or_padding();
  return {};
}

Result<> ImageVerifier::judge_segment() {
  const Bytes bytes = Bytes(field_).first(kSegmentHeaderBytes);
  const SegmentHeader segment = parse_segment_header(bytes);
  if (segment.data_len % 4 != 0 || segment.data_len > kMaxSegmentBytes) {
    return refuse(Code::malformed, segment.data_len, kMaxSegmentBytes);
  }
  if (segment_ == 0 && segment.data_len < kAppDescriptorBytes) {
    const bool loaded = is_loaded(*chip_, segment.load_addr);
    const Code code = loaded ? Code::not_an_app : Code::malformed;
    return refuse(code, segment.data_len, kAppDescriptorBytes);
  }
  const std::uint64_t data_offset = end_ + kSegmentHeaderBytes;
  end_ = data_offset + segment.data_len;
  const std::uint64_t least = checksum_end(end_) + (info_.header.hash_appended ? kHashBytes : 0);
  const std::uint64_t capacity = expect_.capacity != 0 ? expect_.capacity : UINT32_MAX;
  if (least > capacity) return fail(Code::too_big, Where::image, least, capacity);
  if (segment_ == 0) {
    first_segment_ = segment;  // its placement needs the page size in the descriptor
  } else {
    UPDRAFT_TRY(judge_placement(segment, data_offset));
  }
  hash(bytes);
  part_ = Part::segment_data;
  part_left_ = segment.data_len;
  gathered_ = 0;
  if (part_left_ == 0) {
    ++segment_;
    next_segment_or_padding();
  }
  return {};
}

// Mapped segments must lie in flash at the same place in an MMU page as in memory (section 1.4),
// the others where the bootloader can load them.
Result<> ImageVerifier::judge_placement(const SegmentHeader& segment, std::uint64_t data_offset) {
  if (is_loaded(*chip_, segment.load_addr)) {
    if (may_load(*chip_, info_.header.chip_revisions.min, segment)) return {};
    return refuse(info_.has_descriptor ? Code::malformed : Code::not_an_app, segment.load_addr,
                  segment.data_len, info_.has_descriptor ? Reason::load_address : Reason::none);
  }
  if (segment.load_addr < kFirstLoadAddress) return {};
  maps_any_ = true;
  const auto address = static_cast<std::uint32_t>(expect_.flash_address + data_offset);
  if (((address ^ segment.load_addr) & (mmu_page_ - 1)) == 0) return {};  // pages: powers of two
  return refuse(Code::malformed, segment.load_addr, static_cast<std::uint32_t>(data_offset));
}

Result<> ImageVerifier::judge_descriptor() {
  const Result<AppDescriptor> app = parse_app_descriptor(field_);
  if (!app) {
    // An app begins with what is mapped, a bootloader with its data.
    const std::uint32_t first = first_segment_.load_addr;
    if (is_loaded(*chip_, first)) return refuse(Code::not_an_app, first);
    const bool needed = expect_.chip != nullptr && !expect_.any_app;
    if (needed || chip_->any_mmu_page) return app.error();
  }
  if (app) {
    info_.has_descriptor = true;
    info_.app = *app;
    const bool page_usable = app->mmu_page_size >= 13 && app->mmu_page_size <= 16;
    if (chip_->any_mmu_page && page_usable) mmu_page_ = 1u << app->mmu_page_size;
  }
  UPDRAFT_TRY(judge_placement(first_segment_, kAppDescriptorOffset));
  if (app && expect_.chip != nullptr && expect_.chip->id != 0) {
    const RevisionRange& allowed = app->block_revisions;
    UPDRAFT_TRY(judge_revision(allowed, RevisionRange::is_set(allowed.min) ? allowed.min : 0,
                               expect_.efuse_block_revision, expect_.ignore_max_revision,
                               Reason::block_revision));
  }
  if (info_.app.secure_version < expect_.secure_version_floor) {
    return refuse(Code::secure_version_low, info_.app.secure_version, expect_.secure_version_floor);
  }
  if (!expect_.project.empty() && info_.app.project_name.view() != expect_.project) {
    return refuse(Code::wrong_product);
  }
  return {};
}

void ImageVerifier::next_segment_or_padding() {
  gathered_ = 0;
  if (segment_ < info_.header.segment_count) {
    part_ = Part::segment_header;
    return;
  }
  part_ = Part::padding;
  part_left_ = checksum_end(end_) - end_;  // 1 to 16
  info_.length = static_cast<std::uint32_t>(checksum_end(end_) +
                                            (info_.header.hash_appended ? kHashBytes : 0));
}

Result<> ImageVerifier::judge_checksum() {
  if (!maps_any_ && !info_.has_descriptor) return refuse(Code::not_an_app);
  const Bytes padding = Bytes(field_).first(static_cast<std::size_t>(part_left_));
  const std::uint8_t stored = load_u8(padding, padding.size() - 1);
  if (stored != checksum_) return refuse(Code::bad_checksum, stored, checksum_);
  hash(padding);
  info_.digest = sha_.finish();
  gathered_ = 0;
  if (info_.header.hash_appended) {
    part_ = Part::hash;
  } else {
    digest_as_if_hashed_ = sha_as_if_hashed_.finish();
    part_ = Part::after_end;
  }
  return {};
}

Result<> ImageVerifier::judge_hash() {
  if (std::memcmp(field_.data(), info_.digest.data(), kHashBytes) != 0) {
    return refuse(Code::bad_hash, load_le32(field_, 0), load_le32(info_.digest, 0));
  }
  part_ = Part::after_end;
  return {};
}

void ImageVerifier::hash(Bytes bytes) {
  sha_.update(bytes);
  if (info_.header.hash_appended) return;
  const bool is_header = end_ == 0;
  if (!is_header) {
    sha_as_if_hashed_.update(bytes);
    return;
  }
  std::array<std::byte, kImageHeaderBytes> flagged;
  std::copy_n(bytes.begin(), flagged.size(), flagged.begin());
  flagged.back() = std::byte{1};
  sha_as_if_hashed_.update(flagged);
}

}  // namespace updraft::format
