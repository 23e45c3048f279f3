#include "host/delta/image_model.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/delta/scanner.hpp"

namespace updraft::diff {
namespace {

using delta::Kind;
using delta::Segment;
using delta::Unit;

constexpr std::uint32_t kScatter = 0x9E37'79B1;

struct ImageBytes {
  Bytes image;
  std::uint32_t bytes(std::uint32_t at, std::uint32_t size) const {
    std::uint32_t value = 0;
    for (std::uint32_t i = 0; i < size && at + i < image.size(); ++i) {
      value |= std::to_integer<std::uint32_t>(image[at + i]) << 8 * i;
    }
    return value;
  }
};

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
    for (std::uint32_t q = segment.offset; segment.end() - q >= 8; q += 2) {
      const std::uint32_t auipc = image.bytes(q, 4), addi = image.bytes(q + 4, 4);
      if ((auipc & 0xFFF) != 0x197 || (addi & 0xF'FFFF) != 0x1'8193) continue;
      const std::uint32_t at = segment.address + (q - segment.offset);
      return at + (auipc & 0xFFFF'F000) + delta::low_part(addi);
    }
  }
  return 0;
}

// The first aligned word 3B031B01 in data with a plausible count behind it.
std::uint32_t find_frame_table(const ImageBytes& image, const ParsedImage& parsed) {
  for (const Segment& segment : parsed.layout.segments()) {
    if (segment.kind != delta::SegmentKind::data) continue;
    for (std::uint32_t q = segment.offset; segment.end() - q >= 12; q += 4) {
      if (image.bytes(q, 4) != 0x3B03'1B01) continue;
      const std::uint32_t count = image.bytes(q + 8, 4);
      if (count > 0 && count <= (segment.end() - q - 12) / 8) {
        return segment.address + (q - segment.offset);
      }
    }
  }
  return 0;
}

// What stands in the copy in place of an address.
class Masker {
 public:
  Masker(const ImageBytes& image, const ParsedImage& parsed, const AddressView& where)
      : image_(image), parsed_(parsed), where_(where) {}

  std::uint32_t mask(const Unit& unit) const {
    const bool first_pass = !where_;
    const std::uint32_t to = first_pass ? 0 : where_(unit.target);
    switch (unit.kind) {
      case Kind::ptr:
      case Kind::hdr:
      case Kind::fde:
      case Kind::cie:
        return first_pass ? unit.old & 0xFF00'0000 : to;
      case Kind::call:
        return put_field(unit.field, unit.old, to >> 2);
      case Kind::jal:
        if (unit.local) return unit.old;
        return (unit.old & 0xFFF) | (first_pass ? 0 : (to >> 1) << 12);
      case Kind::l32r:
        return put_field(unit.field, unit.old, first_pass ? 0 : literal_mark(unit.target));
      case Kind::lo:
      case Kind::gp:
        return put_field(unit.field, unit.old, to);
      case Kind::hi: {
        const bool relative = (unit.old & 127u) == 0x17;
        if (!unit.in_base) return relative ? put_field(unit.field, unit.old, 0) : unit.old;
        return put_field(unit.field, unit.old, first_pass ? 0 : to * kScatter >> 12);
      }
      default:
        return unit.old;
    }
  }

 private:
  std::uint32_t literal_mark(std::uint32_t address) const {
    const Segment* in = parsed_.layout.at_address(address);
    if (in == nullptr) return 0;
    const std::uint32_t value = image_.bytes(in->offset + (address - in->address), 4);
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
  parsed.gp = find_global_pointer(image, parsed);
  parsed.eh = find_frame_table(image, parsed);
  if (parsed.eh != 0) parsed.eh_count = delta::table_entries(image, parsed.layout, parsed.eh);
  return parsed;
}

ImageModel model_image(Bytes bytes, const ParsedImage& parsed, const AddressView& where) {
  ImageModel model{{bytes.begin(), bytes.end()}, std::vector<bool>(bytes.size(), true)};
  ImageBytes image{bytes};
  delta::Facts facts;
  facts.chip = parsed.chip;
  facts.base = parsed.layout;
  facts.gp_old = facts.gp_new = parsed.gp;
  facts.eh_old = facts.eh_new = parsed.eh;
  facts.eh_count = parsed.eh_count;
  const Masker masker(image, parsed, where);
  delta::Scanner<ImageBytes> scanner(image, facts);
  for (const Segment& segment : parsed.layout.segments()) {
    scanner.start_operation();
    for (std::uint32_t q = segment.offset; q < segment.end();) {
      const Unit unit = scanner.scan(q, segment.end(), segment);
      if (unit.kind == Kind::hi) {
        const std::uint32_t a = segment.address + (q - segment.offset);
        const bool relative = (unit.old & 127u) == 0x17;
        const std::uint32_t high = (unit.old & 0xFFFF'F000) + (relative ? a : 0);
        scanner.set_register(unit, true, high, high, q);
      }
      const std::uint32_t masked = masker.mask(unit);
      for (std::uint32_t i = 0; i < unit.size; ++i) {
        model.copy[q + i] = static_cast<std::byte>(masked >> 8 * i & 255u);
        if (i > 0) model.unit_starts[q + i] = false;
      }
      q += unit.size;
    }
  }
  return model;
}

}  // namespace updraft::diff
