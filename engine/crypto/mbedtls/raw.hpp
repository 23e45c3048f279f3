// Our bytes as Mbed TLS takes them, what must not fail, and names of 3.x for the calls of 2.28, on
// which the tests of this backend run.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <new>

#include <mbedtls/sha256.h>
#include <mbedtls/version.h>

#include "engine/crypto/random.hpp"
#include "engine/crypto/raw_bytes.hpp"

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#endif

namespace updraft::crypto {

inline constexpr unsigned kAesKeyBits = 256;

// A value that was not computed must never be used as if it were: without it the program ends.
inline void must(int status) {
  if (status != 0) std::abort();
}

// `new` ends the program where memory is short and there are no exceptions, also the nothrow one on
// ESP-IDF; a key that does not fit is a key that cannot be loaded. nullptr: no memory.
template <class Key>
Key* make_key() {
  void* const memory = std::malloc(sizeof(Key));
  return memory == nullptr ? nullptr : new (memory) Key;
}
template <class Key>
void drop_key(Key* key) {
  if (key == nullptr) return;
  key->~Key();
  std::free(key);
}

// For the blinding of private keys.
inline int blind(void*, unsigned char* out, std::size_t size) {
  random_bytes({reinterpret_cast<std::byte*>(out), size});
  return 0;
}

}  // namespace updraft::crypto
