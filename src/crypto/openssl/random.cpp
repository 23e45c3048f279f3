#include "updraft/crypto/random.hpp"

#include <cstdlib>

#include <openssl/rand.h>

namespace updraft::crypto {

void random_bytes(MutableBytes out) {
  const auto size = static_cast<int>(out.size());
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), size) != 1) std::abort();
}

}  // namespace updraft::crypto
