#include "engine/crypto/aes.hpp"

#include <openssl/evp.h>

#include "engine/crypto/raw_bytes.hpp"

namespace updraft::crypto {

Aes256::Aes256(AesMode mode, AesDirection direction, const Secret<32>& key, const Secret<16>& iv)
    : state_{EVP_CIPHER_CTX_new()}, iv_(iv) {
  EVP_CipherInit_ex2(state_.context, mode == AesMode::ecb ? EVP_aes_256_ecb() : EVP_aes_256_cbc(),
                     raw(key.reveal()), mode == AesMode::ecb ? nullptr : raw(iv_.reveal()),
                     direction == AesDirection::encrypt ? 1 : 0, nullptr);
  EVP_CIPHER_CTX_set_padding(state_.context, 0);
}

Aes256::~Aes256() { EVP_CIPHER_CTX_free(state_.context); }

void Aes256::reset() {
  EVP_CipherInit_ex2(state_.context, nullptr, nullptr, raw(iv_.reveal()), -1, nullptr);
  EVP_CIPHER_CTX_set_padding(state_.context, 0);
}

void Aes256::process(Bytes in, MutableBytes out) {
  int written = 0;
  EVP_CipherUpdate(state_.context, raw(out), &written, raw(in), static_cast<int>(in.size()));
}

}  // namespace updraft::crypto
