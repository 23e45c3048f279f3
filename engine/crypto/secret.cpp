#include "engine/crypto/secret.hpp"

namespace updraft::crypto {

void wipe(MutableBytes bytes) {
  for (volatile std::byte& b : bytes) b = std::byte{0};
}

// No early exit, and nothing for the compiler to see through: the sum is volatile.
bool ct_equal(Bytes a, Bytes b) {
  if (a.size() != b.size()) return false;
  volatile std::uint8_t differs = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    differs = differs | std::to_integer<std::uint8_t>(a[i] ^ b[i]);
  }
  return differs == 0;
}

}  // namespace updraft::crypto
