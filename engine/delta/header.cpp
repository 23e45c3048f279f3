#include "engine/delta/header.hpp"

#include <bit>

namespace updraft::delta {
namespace {

constexpr std::uint32_t kMagic = 0x544C'4455;  // "UDLT"
constexpr std::uint8_t kLeastRestart = 6, kMostRestart = 14;
constexpr std::uint8_t kMostLook = 64;
constexpr unsigned kLeastLogSlots = 12, kLeastLogDictionary = 8;

}  // namespace

Result<Header> parse_header(Bytes b) {
  if (load_le32(b, 0) != kMagic) return fail(Code::malformed, Where::delta, load_le32(b, 0));
  if (load_u8(b, 4) != kVersion) {
    return fail(Code::alg_unsupported, Where::delta, load_u8(b, 4), kVersion);
  }
  const std::uint8_t sizes = load_u8(b, 5), look = load_u8(b, 6), restart = load_u8(b, 7);
  const bool restart_ok = restart == 0 || (restart >= kLeastRestart && restart <= kMostRestart);
  if ((sizes & 0x70u) != 0 || look == 0 || look > kMostLook || !restart_ok) {
    return fail(Code::malformed, Where::delta, load_le32(b, 4));
  }
  Header h{.log_slots = static_cast<std::uint8_t>(kLeastLogSlots + (sizes & 3u)),
           .log_dictionary = static_cast<std::uint8_t>(kLeastLogDictionary + (sizes >> 2 & 3u)),
           .look = look,
           .image = (sizes & 0x80u) != 0,
           .restart = restart == 0 ? 0 : 1u << (restart + 10),
           .base_size = load_le32(b, 8),
           .target_size = load_le32(b, 12)};
  std::copy_n(b.begin() + 16, h.base_digest.size(), h.base_digest.begin());
  std::copy_n(b.begin() + 24, h.target_digest.size(), h.target_digest.begin());
  return h;
}

std::array<std::byte, kHeaderBytes> make_header(const Header& h) {
  std::array<std::byte, kHeaderBytes> b{};
  store_le32(b, 0, kMagic);
  b[4] = std::byte{kVersion};
  b[5] = static_cast<std::byte>((h.log_slots - kLeastLogSlots) |
                                (h.log_dictionary - kLeastLogDictionary) << 2 |
                                (h.image ? 0x80u : 0u));
  b[6] = std::byte{h.look};
  b[7] = static_cast<std::byte>(h.restart == 0 ? 0 : std::bit_width(h.restart) - 11);
  store_le32(b, 8, h.base_size);
  store_le32(b, 12, h.target_size);
  std::copy(h.base_digest.begin(), h.base_digest.end(), b.begin() + 16);
  std::copy(h.target_digest.begin(), h.target_digest.end(), b.begin() + 24);
  return b;
}

}  // namespace updraft::delta
