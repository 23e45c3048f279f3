// The signature sector that ends an image of Secure Boot v2: up to three blocks, each by a key of
// its own (spec/esp32.md section 1.8, spec/suit.md section 9).
#pragma once
#include <cstdint>
#include <span>

#include "updraft/result.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft::format {

inline constexpr std::size_t kMaxSignatureBlocks = 3;
inline constexpr std::size_t kSignatureBlockBytes = 1216;

// Where the sector of an image of that length starts.
std::uint64_t signature_sector_at(std::uint32_t image_length);

// Whether one of the pinned keys signed the image. `sector`: as it is in flash; `image`: SHA-256 of
// all bytes before it, read back from flash; `pinned`: digests of the fields of keys. Blocks of
// other keys, and of other curves than P-256, are passed over; the first one of a pinned key
// decides. Errors: unsigned (no block at all), key_unknown, signature_invalid.
Result<> verify_signature_sector(Bytes sector, const crypto::Sha256Digest& image,
                                 std::span<const crypto::Sha256Digest> pinned);

}  // namespace updraft::format
