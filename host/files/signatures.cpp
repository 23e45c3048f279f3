#include "host/files/signatures.hpp"

#include <array>

namespace updraft::files {
namespace {

using namespace std::string_view_literals;

struct Signature {
  Kind kind;
  std::string_view bytes;
  std::size_t at = 0;
};

// The first that fits counts. Sources: the formats' own descriptions, by their names.
constexpr Signature kSignatures[] = {
    {Kind::freshness_token, "\xD2\x84\x43\xA1\x01\x28"sv},
    {Kind::elf,
     "\x7f"
     "ELF"sv},
    {Kind::zip, "PK\x03\x04"sv},
    {Kind::zip, "PK\x05\x06"sv},
    {Kind::zip, "PK\x07\x08"sv},
    {Kind::seven_zip, "7z\xBC\xAF\x27\x1C"sv},
    {Kind::rar, "Rar!\x1A\x07"sv},
    {Kind::xz,
     "\xFD"
     "7zXZ\0"sv},
    {Kind::bzip2, "BZh"sv},
    {Kind::zstd, "\x28\xB5\x2F\xFD"sv},
    {Kind::lz4, "\x04\x22\x4D\x18"sv},
    {Kind::tar, "ustar"sv, 257},
    {Kind::uf2, "UF2\n\x57\x51\x5D\x9E"sv},
    {Kind::zigbee_ota, "\x1E\xF1\xEE\x0B"sv},
    {Kind::matter_ota, "\x1E\xF1\xEE\x1B"sv},
    {Kind::salted, "Salted__"sv},
    {Kind::mcuboot, "\x3D\xB8\xF3\x96"sv},
    {Kind::esp_compressed, "ESP\0"sv},
    {Kind::littlefs, "littlefs"sv, 8},
    {Kind::program, "MZ"sv},
    {Kind::program, "!<arch>\n"sv},
    {Kind::program, "\xCF\xFA\xED\xFE"sv},
    {Kind::program, "\0asm"sv},
    {Kind::picture, "\x89PNG"sv},
    {Kind::picture, "\xFF\xD8\xFF"sv},
    {Kind::picture, "GIF8"sv},
    {Kind::picture, "%PDF"sv},
};

}  // namespace

std::optional<Kind> by_signature(Bytes file) {
  const std::string_view text = as_text(file);
  for (const Signature& row : kSignatures) {
    if (text.size() > row.at && text.substr(row.at).starts_with(row.bytes)) return row.kind;
  }
  return std::nullopt;
}

}  // namespace updraft::files
