// The signature sector after an image (spec/esp32.md section 1.8): by which scheme it is signed,
// by which key, and whether the signature is right. Whether that key is to be trusted is the
// device's to say.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "updraft/bytes.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft::dump {

inline constexpr std::size_t kMaxSignatureBlocks = 3;
inline constexpr std::size_t kSignatureBlockBytes = 1216;

struct SignatureBlock {
  std::string_view scheme;          // "RSA-3072", "ECDSA P-256", ...; "unknown"
  bool crc_right = false;           // of the block itself
  bool digest_right = false;        // the block signs this image
  crypto::Sha256Digest key_digest;  // as eFuses hold it
  // By that key, over this image; nullopt: of a scheme that is not verified here.
  std::optional<bool> verifies;
};

// `file`: an image and what follows it; `length`: of the image. Empty: it is not signed.
std::vector<SignatureBlock> signature_blocks(Bytes file, std::uint32_t length);

}  // namespace updraft::dump
