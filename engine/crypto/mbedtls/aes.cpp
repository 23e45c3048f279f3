#include "engine/crypto/aes.hpp"

#include <algorithm>

#include "engine/crypto/mbedtls/raw.hpp"

namespace updraft::crypto {

Aes256::Aes256(AesMode mode, AesDirection direction, const Secret<32>& key, const Secret<16>& iv)
    : iv_(iv) {
  state_.encrypts = direction == AesDirection::encrypt;
  state_.chained = mode == AesMode::cbc;
  mbedtls_aes_init(&state_.context);
  const auto set = state_.encrypts ? &mbedtls_aes_setkey_enc : &mbedtls_aes_setkey_dec;
  must(set(&state_.context, raw(key.reveal()), kAesKeyBits));
  reset();
}

Aes256::~Aes256() { mbedtls_aes_free(&state_.context); }

void Aes256::reset() { std::copy_n(raw(iv_.reveal()), kAesBlock, state_.chain); }

void Aes256::process(Bytes in, MutableBytes out) {
  const int way = state_.encrypts ? MBEDTLS_AES_ENCRYPT : MBEDTLS_AES_DECRYPT;
  if (state_.chained) {
    if (in.empty()) return;
    return must(
        mbedtls_aes_crypt_cbc(&state_.context, way, in.size(), state_.chain, raw(in), raw(out)));
  }
  for (; !in.empty(); in = in.subspan(kAesBlock), out = out.subspan(kAesBlock)) {
    must(mbedtls_aes_crypt_ecb(&state_.context, way, raw(in), raw(out)));
  }
}

}  // namespace updraft::crypto
