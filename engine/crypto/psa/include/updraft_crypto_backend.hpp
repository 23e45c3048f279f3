// PSA Crypto as the crypto backend: what ESP-IDF 5.x and 6.x have, with the chip's hardware behind
// it.
//
// The library allocates nothing; PSA implementations may, for keys and ciphers, from the system's
// heap. psa_crypto_init() is called by whoever comes first.
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
