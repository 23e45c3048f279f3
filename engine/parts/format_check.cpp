#include "engine/parts/format_check.hpp"

#include "updraft/flash.hpp"

#include "engine/core/same_bytes.hpp"
#include "engine/format/chip.hpp"
#include "engine/format/crc32.hpp"
#include "engine/format/image.hpp"
#include "engine/format/partition_table.hpp"

namespace updraft::parts {
namespace {

constexpr std::uint32_t kUnitsPerSector = kFlashSector / kUnit;
constexpr std::string_view kLittlefs = "littlefs";
constexpr std::size_t kLittlefsAt = 8, kBlockSizeAt = 24, kBlockCountAt = 28;
constexpr std::size_t kFatMarkAt = 510;
constexpr std::uint32_t kLeastFatSector = 512, kMostFatSector = 4096;
constexpr std::size_t kNvsHeader = 32, kNvsCrcAt = 28;

// Not only its first byte: raw data may begin with any.
bool is_app(Bytes b) {
  constexpr std::uint8_t kSpiModes = 6;
  if (load_u8(b, 0) != format::kImageMagic) return false;
  const std::uint8_t segments = load_u8(b, 1);
  return segments != 0 && segments <= format::kMaxSegments && load_u8(b, 2) < kSpiModes &&
         format::find_chip(load_le16(b, 12)) != nullptr;
}

bool is_nvs_page(Bytes b) {
  return load_le32(b, kNvsCrcAt) == format::crc32(b.subspan(4, kNvsCrcAt - 4), 0xFFFFFFFF);
}

}  // namespace

std::string_view name(Kind kind) {
  constexpr std::string_view kNames[] = {"littlefs", "spiffs", "fat", "nvs", "data"};
  return kNames[static_cast<std::size_t>(kind)];
}

Kind kind_of(format::PartitionType type, std::uint8_t subtype) {
  constexpr std::uint8_t kFat = 0x81, kSpiffs = 0x82, kLittle = 0x83;
  if (type != format::PartitionType::data) return Kind::other;
  switch (subtype) {
    case format::kDataNvs:
      return Kind::nvs;
    case kFat:
      return Kind::fat;
    case kSpiffs:
      return Kind::spiffs;
    case kLittle:
      return Kind::littlefs;
    default:
      return Kind::other;
  }
}

std::uint64_t littlefs_bytes(Bytes block) {
  if (block.size() < kBlockCountAt + 4) return 0;
  if (!same_bytes(block.subspan(kLittlefsAt, kLittlefs.size()), as_bytes(kLittlefs))) return 0;
  return std::uint64_t{load_le32(block, kBlockSizeAt)} * load_le32(block, kBlockCountAt);
}

std::uint64_t fat_bytes(Bytes sector) {
  constexpr std::size_t kSectorSizeAt = 11, kFewAt = 19, kManyAt = 32;
  if (sector.size() < kUnit || load_le16(sector, kFatMarkAt) != 0xAA55) return 0;
  const std::uint32_t size = load_le16(sector, kSectorSizeAt);
  if (size < kLeastFatSector || size > kMostFatSector || (size & (size - 1)) != 0) return 0;
  const std::uint32_t few = load_le16(sector, kFewAt);
  return std::uint64_t{size} * (few != 0 ? few : load_le32(sector, kManyAt));
}

Looks look_at(Bytes first) {
  if (first.size() < kUnit) return Looks::nothing;
  if (is_erased(first.first(kUnit))) return Looks::blank;
  if (is_app(first)) return Looks::app;
  if (littlefs_bytes(first) != 0) return Looks::littlefs;
  if (fat_bytes(first) != 0) return Looks::fat;
  if (is_nvs_page(first)) return Looks::nvs;
  return load_le16(first, 0) == format::kPartitionMagic ? Looks::table : Looks::nothing;
}

void FormatCheck::reset(const Wanted& wanted) {
  wanted_ = wanted;
  units_ = 0;
  known_ = wanted.kind == Kind::other;
}

Result<> FormatCheck::push(Bytes unit) {
  const std::uint32_t at = units_++;
  if (unit.size() != kUnit || at % kUnitsPerSector != 0) return {};
  if (at == 0 && is_app(unit)) {
    return fail(Code::wrong_target, Where::gate, format::kImageMagic, 0, Reason::app_for_data);
  }
  if (wanted_.kind == Kind::nvs) {
    known_ = known_ || !is_erased(unit);
    if (is_erased(unit.first(kNvsHeader)) || is_nvs_page(unit)) return {};
    return fail(Code::wrong_format, Where::gate, load_le32(unit, kNvsCrcAt), 0,
                Reason::other_format);
  }
  if (known_ || (at == 0 && is_erased(unit))) return {};
  return judge(unit);
}

Result<> FormatCheck::judge(Bytes unit) {
  const Looks looks = look_at(unit);
  known_ = true;
  if (looks == Looks::littlefs && wanted_.kind != Kind::fat) {
    return judge_size(littlefs_bytes(unit), wanted_.fs_autosize);
  }
  if (looks == Looks::fat && wanted_.kind == Kind::fat) return judge_size(fat_bytes(unit), true);
  const bool any =
      wanted_.kind == Kind::spiffs && (looks == Looks::nothing || looks == Looks::blank);
  if (any) return {};
  return fail(Code::wrong_format, Where::gate, load_u8(unit, 0), 0, Reason::other_format);
}

Result<> FormatCheck::judge_size(std::uint64_t bytes, bool may_be_smaller) const {
  const bool fits = bytes == wanted_.size || (may_be_smaller && bytes < wanted_.size);
  if (fits) return {};
  return fail(Code::wrong_format, Where::gate, bytes, wanted_.size);
}

Result<> FormatCheck::finish() {
  if (known_ || wanted_.kind == Kind::spiffs) return {};
  return fail(Code::wrong_format, Where::gate, 0xFF, 0, Reason::other_format);
}

}  // namespace updraft::parts
