#include "engine/crypto/digest.hpp"

#include "engine/crypto/mbedtls/raw.hpp"

namespace updraft::crypto {

Sha256::Sha256() {
  mbedtls_sha256_init(&state_.context);
  reset();
}
Sha256::~Sha256() { mbedtls_sha256_free(&state_.context); }

void Sha256::reset() { must(mbedtls_sha256_starts(&state_.context, 0)); }

void Sha256::update(Bytes bytes) {
  if (!bytes.empty()) must(mbedtls_sha256_update(&state_.context, raw(bytes), bytes.size()));
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  must(mbedtls_sha256_finish(&state_.context, raw(MutableBytes(digest))));
  return digest;
}

}  // namespace updraft::crypto
