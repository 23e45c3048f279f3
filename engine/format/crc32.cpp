#include "engine/format/crc32.hpp"

#include <array>
#include <cstddef>

namespace updraft::format {
namespace {

constexpr std::uint32_t shifted(std::uint32_t crc, int bits) {
  for (int bit = 0; bit < bits; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xEDB88320u : 0u);
  return crc;
}

// A chip steps by half bytes, with a table of 64 bytes. On a desk, where sweeps and servers compute
// checksums all day, eight bytes are taken in one step.
constexpr bool kWide = sizeof(std::size_t) == 8;

constexpr auto kNibbles = [] {
  std::array<std::uint32_t, 16> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) table[i] = shifted(i, 4);
  return table;
}();

// kSlices[k][b]: the byte b with k bytes of zeros after it.
constexpr auto kSlices = [] {
  std::array<std::array<std::uint32_t, 256>, kWide ? 8 : 1> slices{};
  for (std::size_t k = 0; kWide && k < slices.size(); ++k) {
    for (std::uint32_t b = 0; b < 256; ++b) {
      slices[k][b] = k == 0 ? shifted(b, 8) : shifted(slices[k - 1][b], 8);
    }
  }
  return slices;
}();

std::uint32_t eight_at_once(Bytes& bytes, std::uint32_t crc) {
  while (bytes.size() >= 8) {
    const std::uint32_t low = load_le32(bytes, 0) ^ crc;
    const std::uint32_t high = load_le32(bytes, 4);
    crc = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      crc ^= kSlices[7 - i][(low >> 8 * i) & 255u] ^ kSlices[3 - i][(high >> 8 * i) & 255u];
    }
    bytes = bytes.subspan(8);
  }
  return crc;
}

}  // namespace

std::uint32_t crc32(Bytes bytes, std::uint32_t crc) {
  crc = ~crc;
  if constexpr (kWide) crc = eight_at_once(bytes, crc);
  for (const std::byte b : bytes) {
    crc ^= std::to_integer<std::uint32_t>(b);
    crc = (crc >> 4) ^ kNibbles[crc & 15u];
    crc = (crc >> 4) ^ kNibbles[crc & 15u];
  }
  return ~crc;
}

bool ends_in_crc(Bytes record) {
  const std::size_t end = record.size() - 4;
  return load_le32(record, end) == crc32(record.first(end));
}

void end_in_crc(MutableBytes record) {
  const std::size_t end = record.size() - 4;
  store_le32(record, end, crc32(record.first(end)));
}

}  // namespace updraft::format
