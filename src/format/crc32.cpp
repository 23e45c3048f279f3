#include "updraft/format/crc32.hpp"

namespace updraft::format {
namespace {

constexpr std::array<std::uint32_t, 16> kNibbles = [] {
  std::array<std::uint32_t, 16> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 4; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xEDB88320u : 0u);
    table[i] = crc;
  }
  return table;
}();

}  // namespace

std::uint32_t crc32(Bytes bytes, std::uint32_t crc) {
  crc = ~crc;
  for (const std::byte b : bytes) {
    crc ^= std::to_integer<std::uint32_t>(b);
    crc = (crc >> 4) ^ kNibbles[crc & 15u];
    crc = (crc >> 4) ^ kNibbles[crc & 15u];
  }
  return ~crc;
}

}  // namespace updraft::format
