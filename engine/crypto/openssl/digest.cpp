#include "engine/crypto/digest.hpp"

namespace updraft::crypto {

Sha256::Sha256() { reset(); }
Sha256::~Sha256() = default;
void Sha256::reset() { SHA256_Init(&state_.context); }
void Sha256::update(Bytes bytes) { SHA256_Update(&state_.context, bytes.data(), bytes.size()); }
Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  SHA256_Final(reinterpret_cast<unsigned char*>(digest.data()), &state_.context);
  return digest;
}

}  // namespace updraft::crypto
