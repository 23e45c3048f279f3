// Makes pre-encrypted images (spec/esp32.md section 4.1), as the build machine's tool does: for
// `updraft encrypt` and for tests. Written on OpenSSL itself, not on the library's own decryption.
#pragma once
#include <optional>
#include <vector>

#include "engine/crypto/random.hpp"
#include "engine/format/sealed_keys.hpp"

namespace updraft::sim {

// A public key that images are encrypted for.
struct SealFor {
  format::Seal scheme;
  std::vector<std::byte> key;  // rsa: SubjectPublicKeyInfo in DER; ecies: X and Y, 64 bytes
};

// From a public or private key in DER, of RSA-3072 or P-256; nullopt: it is neither.
std::optional<SealFor> seal_for(Bytes der);
// The device's point for its scalar; nullopt: out of range.
std::optional<SealFor> seal_for_scalar(const crypto::Secret<32>& scalar);

// Everything random comes from `random`, in this order: ecies the sender's scalar (again if it
// is out of range), salt, IV; rsa the AES key, IV, and the padding from OpenSSL's own generator.
// Throws std::runtime_error if OpenSSL does not do it.
std::vector<std::byte> seal_image(Bytes content, const SealFor& whom,
                                  crypto::RandomSource random = crypto::random_bytes);

}  // namespace updraft::sim
