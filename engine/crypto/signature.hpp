// Whether a signature is right, for the two kinds that there are. With PSA: psa_import_key and
// psa_verify_hash.
//
// May allocate, as big numbers do in OpenSSL and PSA; what was taken is given back before the
// return. Nothing here is secret.
#pragma once
#include <cstdint>

#include "engine/crypto/digest.hpp"

namespace updraft::crypto {

inline constexpr std::size_t kRsaModulusBytes = 384;  // 3072 bits, the only size there is

// ECDSA on P-256. `point`: X and Y; `signature`: r and s; each 32 bytes, big-endian. False also for
// what is no point of the curve.
bool verify_p256(Bytes point, const Sha256Digest& digest, Bytes signature);

// RSA-PSS with SHA-256, MGF1 of SHA-256 and a salt of 32 bytes. `modulus` and `signature`:
// kRsaModulusBytes, big-endian.
bool verify_rsa_pss(Bytes modulus, std::uint32_t exponent, const Sha256Digest& digest,
                    Bytes signature);

}  // namespace updraft::crypto
