// What the readers and the writer of CBOR share (RFC 8949). Only the deterministic form of section
// 4.2.1 is written and taken: definite lengths, the shortest heads, keys of maps in bytewise order
// and each once, valid UTF-8, no floats; spec/suit.md section 4.
#pragma once
#include <cstddef>
#include <cstdint>

namespace updraft::suit {

enum class Major : std::uint8_t { uint, nint, bytes, text, array, map, tag, simple };

inline constexpr std::size_t kMaxCborDepth = 8;     // arrays and maps in each other
inline constexpr std::size_t kMostHeadBytes = 9;    // of one item: its type and a 64-bit number
inline constexpr std::size_t kDigestBytes = 32;     // SHA-256, the only one there is
inline constexpr std::size_t kSignatureBytes = 64;  // r, then s, big-endian
inline constexpr std::size_t kKidBytes = 8;         // the front of a key's thumbprint
inline constexpr std::size_t kIdBytes = 16;         // vendor id, class id, nonce

}  // namespace updraft::suit
