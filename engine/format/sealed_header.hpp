// The head of a pre-encrypted image, the container of esp_encrypted_img: the twin of
// spec/esp32.md section 4.1.
//
//   +0    magic  cf b6 88 07
//   +4    what the AES key is wrapped in, 384 bytes
//           rsa    the key, encrypted with RSA-3072 and PKCS#1 v1.5, big-endian
//           ecies  the sender's point X, Y (64, big-endian), salt (32), zeros (288)
//   +388  IV of AES-256-GCM, 16 bytes
//   +404  bytes that follow the head, u32: as many as the content has
//   +408  tag of AES-256-GCM, 16 bytes
//   +424  zeros, not looked at
//   +512  the content, encrypted
//
// There is no field for the scheme. The 288 zeros tell it: a number that RSA made ends in them once
// in 2^2304.
//
// The head itself is not authenticated, and whoever has the public key can make a container: it
// hides, it proves nothing about the sender (security.md rule 2).
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

namespace updraft::format {

inline constexpr std::size_t kSealedHeaderBytes = 512;
inline constexpr std::uint32_t kSealedMagic = 0x0788B6CF;
inline constexpr std::size_t kWrappedKeyBytes = 384;
inline constexpr std::size_t kSenderPointBytes = 64;
inline constexpr std::size_t kSealSaltBytes = 32;

enum class Seal : std::uint8_t { rsa, ecies };
std::string_view name(Seal scheme);  // "rsa", "ecies"

// Views into the bytes that were parsed.
struct SealedHeader {
  Seal scheme = Seal::rsa;
  Bytes wrapped_key;  // kWrappedKeyBytes
  Bytes iv;           // crypto::kGcmIvBytes
  Bytes tag;          // crypto::kGcmTagBytes
  std::uint32_t length = 0;
  Bytes sender_point() const { return wrapped_key.first(kSenderPointBytes); }  // of ecies
  Bytes salt() const { return wrapped_key.subspan(kSenderPointBytes, kSealSaltBytes); }
};

// `limit`: bytes that the content may have. Errors: malformed (the magic, fewer bytes than a head
// has, nothing inside), too_big.
Result<SealedHeader> parse_sealed_header(Bytes bytes, std::uint64_t limit);

// Writes `header` as the first kSealedHeaderBytes of `out`; its views must not point into `out`.
void write_sealed_header(const SealedHeader& header, MutableBytes out);

}  // namespace updraft::format
