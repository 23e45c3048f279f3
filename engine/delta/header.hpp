// The plain header of a patch (spec/delta.md section 2).
#pragma once
#include <array>
#include <cstdint>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft::delta {

inline constexpr std::size_t kHeaderBytes = 56;
inline constexpr std::uint8_t kVersion = 2;

struct Header {
  std::uint8_t log_slots = 12;      // of the byte model, 12..15
  std::uint8_t log_dictionary = 6;  // 6..9
  std::uint8_t look = 32;           // operations ahead and back, 1..64
  bool image = true;                // else plain mode
  bool call0 = false;               // Xtensa code whose functions do not begin with ENTRY
  std::uint32_t restart = 0;        // R: output bytes of a chunk; 0: one chunk for everything
  std::uint32_t base_size = 0, target_size = 0;
  std::array<std::byte, 8> base_digest{};  // the first bytes of the base's SHA-256
  crypto::Sha256Digest target_digest{};
};

// `bytes` holds kHeaderBytes. Errors: malformed (no delta, reserved bits, W or R out of range),
// alg_unsupported (another version).
Result<Header> parse_header(Bytes bytes);
std::array<std::byte, kHeaderBytes> make_header(const Header& header);

// What a decoder's memory allows; the defaults are what every decoder supports, and all that our
// encoder asks for. What each setting costs in RAM:
//
// * kLogSlots: 2 << kLogSlots bytes. 13 takes 8 KiB more, for patches that are 0.6 % smaller.
// * kLogDictionary: 8 << kLogDictionary bytes. 7 takes 512 bytes more.
// * kLook: 24 * kLook + 12 bytes, for operations ahead and back among which a jump's target is
//   looked for.
// * kMapEntries: 6 * kMapEntries bytes. 512 takes 3 KiB less, and refuses larger maps.
struct DefaultLimits {
  static constexpr unsigned kLogSlots = 12;
  static constexpr unsigned kLogDictionary = 6;
  static constexpr std::size_t kLook = 32;
  static constexpr std::size_t kMapEntries = 1024;
};
struct TightLimits : DefaultLimits {  // 3 KiB less; refuses some patches across an SDK change
  static constexpr std::size_t kMapEntries = 512;
};

template <class Limits>
bool fits(const Header& header) {
  return header.log_slots <= Limits::kLogSlots && header.log_dictionary <= Limits::kLogDictionary &&
         header.look <= Limits::kLook;
}

}  // namespace updraft::delta
