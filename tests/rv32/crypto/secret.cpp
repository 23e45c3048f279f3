#include "engine/crypto/secret.hpp"

#include "engine/crypto/random.hpp"

namespace updraft::crypto {

void wipe(MutableBytes bytes) {
  for (volatile std::byte& b : bytes) b = std::byte{0};
}

bool ct_equal(Bytes a, Bytes b) {
  if (a.size() != b.size()) return false;
  std::byte differs{0};
  for (std::size_t i = 0; i < a.size(); ++i) differs |= a[i] ^ b[i];
  return differs == std::byte{0};
}

// Not random at all: the proof must give the same numbers every time.
void random_bytes(MutableBytes out) {
  static std::uint8_t next = 0;
  for (std::byte& b : out) b = static_cast<std::byte>(next++);
}

}  // namespace updraft::crypto
