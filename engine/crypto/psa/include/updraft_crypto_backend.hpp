// PSA Crypto as the crypto backend: ESP-IDF 5.x and 6.x have it, and it uses the chip's hardware.
//
// The library allocates nothing; PSA implementations may, for keys and ciphers, from the system's
// heap. The first user calls psa_crypto_init().
#pragma once
#include <psa/crypto.h>

namespace updraft::crypto {
struct HashState {
  psa_hash_operation_t operation;
};
struct CipherState {
  psa_key_id_t key;
  psa_cipher_operation_t operation;
  psa_algorithm_t algorithm;
  bool encrypts;
};
struct AeadState {
  psa_key_id_t key = PSA_KEY_ID_NULL;
  psa_aead_operation_t operation;
};
}  // namespace updraft::crypto
