#include "engine/crypto/digest.hpp"

namespace updraft::crypto {

Sha256Digest sha256(Bytes bytes) {
  Sha256 hasher;
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace updraft::crypto
