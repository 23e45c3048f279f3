#include "engine/crypto/secret.hpp"

#include <openssl/crypto.h>

namespace updraft::crypto {

void wipe(MutableBytes bytes) { OPENSSL_cleanse(bytes.data(), bytes.size()); }

bool ct_equal(Bytes a, Bytes b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace updraft::crypto
