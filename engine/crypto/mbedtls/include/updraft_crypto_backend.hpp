// Mbed TLS's own calls as the crypto backend, for ESP-IDF 5: the chip's hardware is behind them,
// and only what is called is linked. PSA, which ESP-IDF 6 has instead, brings 126 KB of all that it
// could do.
//
// The library allocates nothing; Mbed TLS may, for ciphers and big numbers, from the system's heap.
#pragma once
#include <mbedtls/aes.h>
#include <mbedtls/gcm.h>
#include <mbedtls/sha256.h>

namespace updraft::crypto {
struct HashState {
  mbedtls_sha256_context context;
};
struct CipherState {
  mbedtls_aes_context context;
  unsigned char chain[16];  // the IV of the next block
  bool encrypts;
  bool chained;
};
struct AeadState {
  mbedtls_gcm_context context;
};
}  // namespace updraft::crypto
