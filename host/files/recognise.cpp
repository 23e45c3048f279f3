#include "host/files/recognise.hpp"

#include <algorithm>

#include "updraft/policy.hpp"

#include "engine/format/image_verifier.hpp"
#include "engine/format/otadata.hpp"
#include "host/dump/core_dump.hpp"
#include "host/dump/memory.hpp"
#include "host/dump/nvs.hpp"
#include "host/files/entropy.hpp"
#include "host/files/file_system.hpp"
#include "host/files/flash_map.hpp"
#include "host/files/signatures.hpp"
#include "host/files/text_kind.hpp"

namespace updraft::files {
namespace {

bool is_uniform(Bytes file) {
  return std::ranges::all_of(file, [&](std::byte b) { return b == file[0]; });
}

// chip_id values of chips that only engineers had; esptool's names for them.
bool is_beta_chip(std::uint16_t id) {
  constexpr std::uint16_t kBetas[] = {0x0004, 0x0006, 0x0007, 0x000A, 0x000E, 0x0011};
  return std::ranges::find(kBetas, id) != std::end(kBetas);
}

// Its header has 8 bytes, so the first segment's address stands where the others have pins.
bool is_esp8266(Bytes file) {
  if (file.size() < 16) return false;
  const std::uint32_t address = load_le32(file, 8);
  const bool in_ram = address >= 0x3FFE8000 && address < 0x40000000;
  const bool code = address >= 0x40100000 && address < 0x40110000;
  const bool in_flash = address >= 0x40200000 && address < 0x40300000;
  return (in_ram || code || in_flash) && load_le32(file, 12) < 0x100000;
}

Kind kind_of_image(Bytes file) {
  const std::uint16_t chip = file.size() >= 14 ? load_le16(file, 12) : std::uint16_t{0};
  if (format::find_chip(chip) == nullptr) {
    if (is_esp8266(file)) return Kind::esp8266;
    return is_beta_chip(chip) ? Kind::beta_chip : Kind::unknown_chip;
  }
  if (!is_bootloader(file)) return Kind::app;
  return find_table(file) ? Kind::flash : Kind::bootloader;
}

// What a device's gate knows; nothing where it would only guess.
std::optional<Kind> kind_of_payload(Bytes file) {
  switch (classify(at_most(file, kClassifyBytes))) {
    case PayloadClass::image:
      return kind_of_image(file);
    case PayloadClass::signed_package:
      return Kind::signed_package;
    case PayloadClass::key_set:
      return Kind::key_set;
    case PayloadClass::encrypted:
      return Kind::encrypted_image;
    case PayloadClass::delta:
      return Kind::delta;
    case PayloadClass::compressed:
      return Kind::compressed;
    case PayloadClass::web_page:
    case PayloadClass::unknown:
      break;
  }
  return std::nullopt;
}

bool is_table(Bytes file) {
  return file.size() >= 2 && load_le16(file, 0) == format::kPartitionMagic;
}

bool is_otadata(Bytes file) {
  if (file.size() < format::kOtaRecordSpacing + format::kOtaRecordBytes ||
      file.size() > format::kOtaDataBytes) {
    return false;
  }
  const auto sound = [&](std::size_t at) {
    const format::OtaRecord record = format::parse_ota_record(file.subspan(at));
    return !record.empty() && record.crc_ok();
  };
  return sound(0) || sound(format::kOtaRecordSpacing);
}

// Parts of a flash, by what they are made of.
std::optional<Kind> kind_of_part(Bytes file) {
  if (find_table(file)) return Kind::flash;
  if (is_table(file)) return Kind::partition_table;
  if (dump::is_nvs(file)) return Kind::nvs;
  if (dump::is_core_dump(file)) return Kind::core_dump;
  if (dump::is_memory(file)) return Kind::updraft_memory;
  if (is_otadata(file)) return Kind::otadata;
  return file_system_of(file);
}

}  // namespace

const KindRow& row(Kind kind) {
  static constexpr KindRow kRows[] = {
#define UPDRAFT_FILE_KIND_ROW(kind, use, title, next) {#kind, Use::use, title, next},
      UPDRAFT_FILE_KINDS(UPDRAFT_FILE_KIND_ROW)
#undef UPDRAFT_FILE_KIND_ROW
  };
  return kRows[static_cast<std::size_t>(kind)];
}

Kind recognise(Bytes file) {
  if (file.empty()) return Kind::empty;
  if (const auto text = as_text_file(file)) return kind_of_text(text->utf8);
  if (const auto kind = by_signature(file)) return *kind;
  if (const auto kind = kind_of_payload(file)) return *kind;
  if (const auto kind = kind_of_part(file)) return *kind;
  if (is_uniform(file)) return Kind::blank;
  return is_noise(file) ? Kind::random : Kind::unknown;
}

}  // namespace updraft::files
