#include "host/delta/image_model.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/delta/scanner.hpp"
#include "host/delta/image_bytes.hpp"

namespace updraft::diff {
namespace {

using delta::Kind;
using delta::Segment;
using delta::Unit;

constexpr std::uint32_t kScatter = 0x9E37'79B1;

bool tail_reproduces(Bytes image, const delta::Layout& layout, bool hashed) {
  auto checksum = format::kChecksumSeed;
  std::uint32_t end = format::kImageHeaderBytes;
  for (const Segment& segment : layout.segments()) {
    for (const std::byte b : image.subspan(segment.offset, segment.size)) {
      checksum = static_cast<std::uint8_t>(checksum ^ std::to_integer<std::uint8_t>(b));
    }
    end = segment.end();
  }
  for (; end < layout.checksum_at(); ++end) {
    if (image[end] != std::byte{0}) return false;
  }
  if (load_u8(image, layout.checksum_at()) != checksum) return false;
  if (!hashed) return true;
  const Bytes summed = image.first(layout.checksum_at() + 1);
  const auto digest = crypto::sha256(summed);
  return std::equal(digest.begin(), digest.end(),
                    image.begin() + static_cast<std::ptrdiff_t>(summed.size()));
}

// The first AUIPC gp / ADDI gp, gp of a code segment.
std::uint32_t find_global_pointer(const ImageBytes& image, const ParsedImage& parsed) {
  if (parsed.chip.isa != delta::Isa::riscv) return 0;
  for (const Segment& segment : parsed.layout.segments()) {
    if (segment.kind == delta::SegmentKind::data) continue;
    for (std::uint32_t at = segment.offset; segment.end() - at >= 8; at += 2) {
      const std::uint32_t auipc = image.base_bytes(at, 4), addi = image.base_bytes(at + 4, 4);
      if ((auipc & 0xFFF) != 0x197 || (addi & 0xF'FFFF) != 0x1'8193) continue;
      return delta::riscv::high_part(auipc, segment.address_of(at)) + delta::riscv::low_part(addi);
    }
  }
  return 0;
}

// The first aligned word 3B031B01 in data with a plausible count after it.
std::uint32_t find_frame_table(const ImageBytes& image, const ParsedImage& parsed) {
  for (const Segment& segment : parsed.layout.segments()) {
    if (segment.kind != delta::SegmentKind::data) continue;
    for (std::uint32_t at = segment.offset; segment.end() - at >= 12; at += 4) {
      if (image.base_bytes(at, 4) != 0x3B03'1B01) continue;
      const std::uint32_t count = image.base_bytes(at + 8, 4);
      if (count > 0 && count <= (segment.end() - at - 12) / 8) {
        return segment.address_of(at);
      }
    }
  }
  return 0;
}

// Windowed code has an ENTRY every few hundred bytes; call0 code has none, but for chance.
bool is_call0(const ImageBytes& image, const ParsedImage& parsed) {
  constexpr std::size_t kLongFunction = 4096;
  std::size_t entries = 0, code = 0;
  if (parsed.chip.isa != delta::Isa::xtensa) return false;
  for (const Segment& segment : parsed.layout.segments()) {
    if (segment.kind == delta::SegmentKind::data) continue;
    code += segment.size;
    const std::uint32_t first = (4 - segment.address % 4) % 4;
    for (std::uint32_t at = first; at + 4 <= segment.size; at += 4) {
      if (delta::xtensa::is_entry(image.base_bytes(segment.offset + at, 4))) ++entries;
    }
  }
  return entries * kLongFunction < code;
}

// What stands in the copy in place of an address.
class Masker {
 public:
  Masker(const ImageBytes& image, const ParsedImage& parsed, const AddressView& where)
      : image_(image), parsed_(parsed), where_(where) {}

  std::uint32_t mask(const Unit& unit) const {
    const bool first_pass = !where_;
    const std::uint32_t to = first_pass ? 0 : where_(unit.old_target);
    switch (unit.kind) {
      case Kind::pointer:
        if (unit.exception_table) return unit.old_bytes & 0xFF00'0000;
        [[fallthrough]];
      case Kind::frame_header:
      case Kind::frame_description:
      case Kind::frame_common:
        return first_pass ? unit.old_bytes & 0xFF00'0000 : to;
      case Kind::call:
        return put_field(unit.field, unit.old_bytes, to >> 2);
      case Kind::jump:
        if (unit.local) return unit.old_bytes;
        return (unit.old_bytes & 0xFFF) | (first_pass ? 0 : (to >> 1) << 12);
      case Kind::literal_load:
        return put_field(unit.field, unit.old_bytes,
                         first_pass ? 0 : literal_mark(unit.old_target));
      case Kind::low:
      case Kind::global:
        return put_field(unit.field, unit.old_bytes, to);
      case Kind::high: {
        const bool relative = delta::riscv::is_relative(unit.old_bytes);
        if (!unit.in_base)
          return relative ? put_field(unit.field, unit.old_bytes, 0) : unit.old_bytes;
        return put_field(unit.field, unit.old_bytes, first_pass ? 0 : to * kScatter >> 12);
      }
      default:
        return unit.old_bytes;
    }
  }

 private:
  std::uint32_t literal_mark(std::uint32_t address) const {
    const Segment* in = parsed_.layout.at_address(address);
    if (in == nullptr) return 0;
    const std::uint32_t value = image_.base_bytes(in->offset_of(address), 4);
    return (parsed_.chip.is_address(value) ? where_(value) : value) * kScatter >> 16;
  }

  const ImageBytes& image_;
  const ParsedImage& parsed_;
  const AddressView& where_;
};

}  // namespace

ParsedImage parse_image(Bytes bytes) {
  ParsedImage parsed;
  ImageBytes image{bytes};
  delta::Facts facts;
  const auto size = static_cast<std::uint32_t>(bytes.size());
  if (!delta::parse_base(image, size, facts)) return parsed;
  const bool hashed = load_u8(bytes, 23) == 1;
  parsed.is_image = true;
  parsed.chip_id = load_le16(bytes, 12);
  parsed.chip = facts.chip;
  parsed.layout = facts.base;
  parsed.reproduces =
      parsed.layout.close(hashed, size) && tail_reproduces(bytes, parsed.layout, hashed);
  parsed.call0 = is_call0(image, parsed);
  parsed.global_pointer = find_global_pointer(image, parsed);
  parsed.frame_header = find_frame_table(image, parsed);
  if (parsed.frame_header != 0) {
    parsed.frame_table_entries = delta::table_entries(image, parsed.layout, parsed.frame_header);
  }
  return parsed;
}

ImageModel model_image(Bytes bytes, const ParsedImage& parsed, const AddressView& where) {
  ImageModel model{{bytes.begin(), bytes.end()}, std::vector<bool>(bytes.size(), true)};
  ImageBytes image{bytes};
  delta::Facts facts;
  facts.chip = parsed.chip;
  facts.base = parsed.layout;
  facts.base_size = image.size();
  facts.call0 = parsed.call0;
  facts.global_pointer = {parsed.global_pointer, parsed.global_pointer};
  facts.frame_header = {parsed.frame_header, parsed.frame_header};
  facts.frame_table_entries = parsed.frame_table_entries;
  const Masker masker(image, parsed, where);
  delta::Scanner<ImageBytes> scanner(image, facts);
  scanner.start_chunk();
  for (const Segment& segment : parsed.layout.segments()) {
    scanner.start_operation();
    for (std::uint32_t at = segment.offset; at < segment.end();) {
      const Unit unit = scanner.scan(at, segment.end(), segment);
      if (unit.kind == Kind::high) {
        const std::uint32_t high = delta::riscv::high_part(unit.old_bytes, segment.address_of(at));
        scanner.registers().set_register(unit, true, high, high, at);
      }
      const std::uint32_t masked = masker.mask(unit);
      for (std::uint32_t i = 0; i < unit.size; ++i) {
        model.copy[at + i] = static_cast<std::byte>(masked >> 8 * i & 255u);
        if (i > 0) model.unit_starts[at + i] = false;
      }
      at += unit.size;
    }
  }
  return model;
}

}  // namespace updraft::diff
