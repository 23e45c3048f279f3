#include "host/files/trim.hpp"

#include <algorithm>

#include "engine/format/image_verifier.hpp"

namespace updraft::files {
namespace {

constexpr std::byte kSignatureMagic{0xE7};  // of Secure Boot v2 (spec/esp32.md 1.8)

bool is_padding(Bytes bytes) {
  return std::ranges::all_of(bytes,
                             [](std::byte b) { return b == std::byte{0xFF} || b == std::byte{0}; });
}

}  // namespace

Bytes without_padding(Bytes file) {
  format::ImageVerifier verifier;
  if (!verifier.push(file) || !verifier.finish()) return file;
  const std::size_t length = verifier.info().length;
  if (is_padding(file.subspan(length))) return file.first(length);
  const auto sector = static_cast<std::size_t>(align_up(length, format::kSignatureSectorBytes));
  const std::size_t end = sector + format::kSignatureSectorBytes;
  const bool is_signed = end <= file.size() && file[sector] == kSignatureMagic;
  return is_signed && is_padding(file.subspan(end)) ? file.first(end) : file;
}

}  // namespace updraft::files
