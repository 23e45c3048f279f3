#include "engine/codec/stream_header.hpp"

#include "engine/codec/inflater.hpp"

namespace updraft::codec {
namespace {

constexpr std::uint8_t kGzipFirst = 0x1F;
constexpr std::uint8_t kGzipSecond = 0x8B;
constexpr std::uint8_t kDeflate = 8;
constexpr std::uint8_t kMaxZlibMethod = 0x78;  // DEFLATE with a window of 32 KiB
constexpr std::uint8_t kZlibDictionary = 0x20;
constexpr std::size_t kGzipFixedBytes = 10;
constexpr std::uint8_t kGzipCrc = 0x02, kGzipExtra = 0x04, kGzipName = 0x08, kGzipComment = 0x10;
constexpr std::uint8_t kGzipReserved = 0xE0;

}  // namespace

Result<> StreamHeader::take(Bytes& in) {
  while (!done() && !in.empty()) {
    const Bytes byte = in.first(1);
    const bool in_crc = part_ == Part::crc;
    if (taken_ == kGzipHeaderBytes || !take(load_u8(byte, 0))) {
      return fail(Code::malformed, Where::inflate, taken_);
    }
    if (!in_crc) crc_ = crc32(crc_, byte);
    ++taken_;
    in = in.subspan(1);
  }
  return {};
}

bool StreamHeader::take(std::uint8_t byte) {
  switch (part_) {
    case Part::fixed:
      return take_fixed(byte);
    case Part::extra_size:
      if (take_number(byte)) enter(number_ != 0 ? Part::extra : Part::name);
      return true;
    case Part::extra:
      if (++in_part_ == number_) enter(Part::name);
      return true;
    case Part::name:
      if (byte == 0) enter(Part::comment);
      return true;
    case Part::comment:
      if (byte == 0) enter(Part::crc);
      return true;
    case Part::crc:
      if (!take_number(byte)) return true;
      enter(Part::done);
      return number_ == (crc_ & 0xFFFF);
    case Part::done:
      break;
  }
  return false;
}

bool StreamHeader::take_fixed(std::uint8_t byte) {
  const std::size_t at = in_part_++;
  if (at == 0) {
    format_ = byte == kGzipFirst ? StreamFormat::gzip : StreamFormat::zlib;
    method_ = byte;
    return format_ == StreamFormat::gzip || ((byte & 0x0F) == kDeflate && byte <= kMaxZlibMethod);
  }
  if (format_ == StreamFormat::zlib) {
    enter(Part::done);
    return (method_ * 256u + byte) % 31 == 0 && (byte & kZlibDictionary) == 0;
  }
  if (at == 1) return byte == kGzipSecond;
  if (at == 2) return byte == kDeflate;
  if (at == 3) flags_ = byte;
  if (at + 1 == kGzipFixedBytes) enter(Part::extra_size);
  return (flags_ & kGzipReserved) == 0;
}

bool StreamHeader::take_number(std::uint8_t byte) {
  number_ = static_cast<std::uint16_t>(number_ | byte << (8 * in_part_));
  return ++in_part_ == 2;
}

void StreamHeader::enter(Part part) {
  while (!has(part)) part = static_cast<Part>(static_cast<std::uint8_t>(part) + 1);
  part_ = part;
  in_part_ = 0;
  if (part == Part::extra_size || part == Part::crc) number_ = 0;
}

bool StreamHeader::has(Part part) const {
  switch (part) {
    case Part::extra_size:
    case Part::extra:
      return (flags_ & kGzipExtra) != 0;
    case Part::name:
      return (flags_ & kGzipName) != 0;
    case Part::comment:
      return (flags_ & kGzipComment) != 0;
    case Part::crc:
      return (flags_ & kGzipCrc) != 0;
    default:
      return true;
  }
}

}  // namespace updraft::codec
