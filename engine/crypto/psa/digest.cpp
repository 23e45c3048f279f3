#include "engine/crypto/digest.hpp"

#include "engine/crypto/psa/raw.hpp"

namespace updraft::crypto {

Sha256::Sha256() : state_{psa_hash_operation_init()} {
  must(psa_crypto_init());
  reset();
}
Sha256::~Sha256() { (void)psa_hash_abort(&state_.operation); }

void Sha256::reset() {
  (void)psa_hash_abort(&state_.operation);
  must(psa_hash_setup(&state_.operation, PSA_ALG_SHA_256));
}

void Sha256::update(Bytes bytes) {
  if (!bytes.empty()) must(psa_hash_update(&state_.operation, raw(bytes), bytes.size()));
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  std::size_t size = 0;
  must(psa_hash_finish(&state_.operation, raw(MutableBytes(digest)), digest.size(), &size));
  return digest;
}

}  // namespace updraft::crypto
