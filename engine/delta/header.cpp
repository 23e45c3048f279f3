#include "engine/delta/header.hpp"

#include <bit>

namespace updraft::delta {
namespace {

constexpr std::uint32_t kMagic = 0x544C'4455;  // "UDLT"
constexpr std::uint8_t kLeastRestart = 6, kMostRestart = 14;
constexpr std::uint8_t kMostLook = 64;
constexpr std::uint8_t kCall0 = 0x10, kReserved = 0x60, kImage = 0x80;  // in byte 5
constexpr unsigned kLeastLogSlots = 12, kLeastLogDictionary = 6;

}  // namespace

Result<Header> parse_header(Bytes bytes) {
  if (load_le32(bytes, 0) != kMagic)
    return fail(Code::malformed, Where::delta, load_le32(bytes, 0));
  if (load_u8(bytes, 4) != kVersion) {
    return fail(Code::alg_unsupported, Where::delta, load_u8(bytes, 4), kVersion,
                Reason::delta_version);
  }
  const std::uint8_t sizes = load_u8(bytes, 5), look = load_u8(bytes, 6),
                     restart = load_u8(bytes, 7);
  const bool restart_ok = restart == 0 || (restart >= kLeastRestart && restart <= kMostRestart);
  const bool call0_of_nothing = (sizes & (kCall0 | kImage)) == kCall0;
  if ((sizes & kReserved) != 0 || call0_of_nothing || look == 0 || look > kMostLook ||
      !restart_ok) {
    return fail(Code::malformed, Where::delta, load_le32(bytes, 4));
  }
  Header header{
      .log_slots = static_cast<std::uint8_t>(kLeastLogSlots + (sizes & 3u)),
      .log_dictionary = static_cast<std::uint8_t>(kLeastLogDictionary + (sizes >> 2 & 3u)),
      .look = look,
      .image = (sizes & kImage) != 0,
      .call0 = (sizes & kCall0) != 0,
      .restart = restart == 0 ? 0 : 1u << (restart + 10),
      .base_size = load_le32(bytes, 8),
      .target_size = load_le32(bytes, 12)};
  std::copy_n(bytes.begin() + 16, header.base_digest.size(), header.base_digest.begin());
  std::copy_n(bytes.begin() + 24, header.target_digest.size(), header.target_digest.begin());
  return header;
}

std::array<std::byte, kHeaderBytes> make_header(const Header& header) {
  std::array<std::byte, kHeaderBytes> bytes{};
  store_le32(bytes, 0, kMagic);
  bytes[4] = std::byte{kVersion};
  bytes[5] = static_cast<std::byte>((header.log_slots - kLeastLogSlots) |
                                    (header.log_dictionary - kLeastLogDictionary) << 2 |
                                    (header.call0 ? kCall0 : 0u) | (header.image ? kImage : 0u));
  bytes[6] = std::byte{header.look};
  bytes[7] = static_cast<std::byte>(header.restart == 0 ? 0 : std::bit_width(header.restart) - 11);
  store_le32(bytes, 8, header.base_size);
  store_le32(bytes, 12, header.target_size);
  std::copy(header.base_digest.begin(), header.base_digest.end(), bytes.begin() + 16);
  std::copy(header.target_digest.begin(), header.target_digest.end(), bytes.begin() + 24);
  return bytes;
}

}  // namespace updraft::delta
