// ChaCha20-Poly1305 (RFC 8439), a whole message at a time. Only ESPHome's Noise mode asks for it;
// not linked where nobody does. PSA takes memory from the heap while a call lasts. On ESP-IDF it
// needs CONFIG_MBEDTLS_CHACHAPOLY_C, which CONFIG_UPDRAFT_ESPHOME_NOISE selects.
#pragma once
#include "updraft/bytes.hpp"

#include "engine/crypto/secret.hpp"

namespace updraft::crypto {

inline constexpr std::size_t kChaChaNonceBytes = 12;
inline constexpr std::size_t kChaChaTagBytes = 16;

// `out`: kChaChaTagBytes longer than `plain`, with which it may begin.
void chacha_poly_seal(const Secret<32>& key, Bytes nonce, Bytes ad, Bytes plain, MutableBytes out);

// False: it was not sealed with this key, nonce and data, or is shorter than a tag; `out` means
// nothing then. `out`: kChaChaTagBytes shorter than `sealed`, with which it may begin.
bool chacha_poly_open(const Secret<32>& key, Bytes nonce, Bytes ad, Bytes sealed, MutableBytes out);

}  // namespace updraft::crypto
