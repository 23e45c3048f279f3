#include "engine/crypto/gcm.hpp"

#include <openssl/evp.h>

#include "engine/crypto/raw_bytes.hpp"

namespace updraft::crypto {

Gcm256Decryptor::Gcm256Decryptor() : state_{EVP_CIPHER_CTX_new()} {
  EVP_DecryptInit_ex2(state_.context, EVP_aes_256_gcm(), nullptr, nullptr, nullptr);
  EVP_CIPHER_CTX_ctrl(state_.context, EVP_CTRL_AEAD_SET_IVLEN, kGcmIvBytes, nullptr);
}

Gcm256Decryptor::~Gcm256Decryptor() { EVP_CIPHER_CTX_free(state_.context); }

void Gcm256Decryptor::start(const Secret<32>& key, Bytes iv) {
  EVP_DecryptInit_ex2(state_.context, nullptr, raw(key.reveal()), raw(iv), nullptr);
}

void Gcm256Decryptor::process(Bytes in, MutableBytes out) {
  int written = 0;
  EVP_DecryptUpdate(state_.context, raw(out), &written, raw(in), static_cast<int>(in.size()));
}

bool Gcm256Decryptor::verify(Bytes tag) {
  std::array<std::byte, kGcmTagBytes> expected{};
  std::copy_n(tag.begin(), std::min(tag.size(), expected.size()), expected.begin());
  EVP_CIPHER_CTX_ctrl(state_.context, EVP_CTRL_AEAD_SET_TAG, kGcmTagBytes, expected.data());
  int written = 0;
  unsigned char none = 0;
  return EVP_DecryptFinal_ex(state_.context, &none, &written) == 1;
}

}  // namespace updraft::crypto
