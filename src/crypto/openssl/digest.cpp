#include "updraft/crypto/digest.hpp"

#include <openssl/evp.h>

namespace updraft::crypto {

Sha256::Sha256() : state_{EVP_MD_CTX_new()} {
  EVP_DigestInit_ex2(state_.context, EVP_sha256(), nullptr);
}
Sha256::~Sha256() { EVP_MD_CTX_free(state_.context); }
void Sha256::reset() { EVP_DigestInit_ex2(state_.context, nullptr, nullptr); }
void Sha256::update(Bytes bytes) { EVP_DigestUpdate(state_.context, bytes.data(), bytes.size()); }
Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  EVP_DigestFinal_ex(state_.context, reinterpret_cast<unsigned char*>(digest.data()), nullptr);
  return digest;
}

Sha256Digest sha256(Bytes bytes) {
  Sha256 hasher;
  hasher.update(bytes);
  return hasher.finish();
}

Md5Digest md5(Bytes bytes) {
  Md5Digest digest;
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
             EVP_md5(), nullptr);
  return digest;
}

}  // namespace updraft::crypto
