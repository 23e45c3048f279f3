#include "engine/format/image_in_flash.hpp"

namespace updraft::format {

Result<ImageInfo> verify_image(Flash& flash, const ImageExpectation& expectation,
                               ImageVerifier& verifier, MutableBytes scratch) {
  ImageExpectation bounded = expectation;
  if (bounded.capacity == 0 || bounded.capacity > flash.size()) bounded.capacity = flash.size();
  verifier.reset(bounded);
  std::uint32_t end = flash.size();
  for (std::uint32_t at = 0; at < end;) {
    const MutableBytes part = scratch.first(std::min<std::size_t>(scratch.size(), end - at));
    UPDRAFT_TRY(flash.read(at, part));
    flash.yield();
    UPDRAFT_TRY(verifier.push(part));
    at += static_cast<std::uint32_t>(part.size());
    if (const ImageInfo& info = verifier.info(); info.length != 0) {
      // Without a hash, the 32 bytes after the image show whether its flag was damaged.
      const std::uint32_t tail = info.header.hash_appended ? 0 : kHashBytes;
      end = std::min(end, info.length + tail);
    }
  }
  UPDRAFT_TRY(verifier.finish());
  return verifier.info();
}

namespace {

Result<> read_inside(Flash& flash, std::uint64_t at, MutableBytes out) {
  const std::uint32_t size = flash.size();
  if (!inside(at, out.size(), size)) return fail(Code::too_big, Where::image, at, size);
  return flash.read(static_cast<std::uint32_t>(at), out);
}

}  // namespace

Result<crypto::Sha256Digest> appended_digest(Flash& flash) {
  std::array<std::byte, kImageHeaderBytes> bytes;
  UPDRAFT_TRY(read_inside(flash, 0, bytes));
  const Result<ImageHeader> header = parse_image_header(bytes);
  if (!header) return header.error();
  if (header->segment_count == 0 || header->segment_count > kMaxSegments) {
    return fail(Code::malformed, Where::image, header->segment_count, kMaxSegments);
  }
  if (!header->hash_appended) return fail(Code::bad_hash, Where::image, 0, 1);
  std::uint64_t end = kImageHeaderBytes;
  for (std::uint8_t i = 0; i < header->segment_count; ++i) {
    const MutableBytes field = MutableBytes(bytes).first(kSegmentHeaderBytes);
    UPDRAFT_TRY(read_inside(flash, end, field));
    end += kSegmentHeaderBytes + parse_segment_header(field).data_len;
  }
  crypto::Sha256Digest digest;
  UPDRAFT_TRY(read_inside(flash, checksum_end(end), digest));
  return digest;
}

bool has_descriptor(Flash& flash) {
  std::array<std::byte, sizeof kAppDescriptorMagic> magic;
  return flash.read(kAppDescriptorOffset, magic) && load_le32(magic, 0) == kAppDescriptorMagic;
}

}  // namespace updraft::format
