// PSA Crypto as the backend of private keys: each is a volatile key of PSA's own store.
#pragma once
#include <psa/crypto.h>

namespace updraft::crypto {
struct KeyState {
  psa_key_id_t key = PSA_KEY_ID_NULL;
};
}  // namespace updraft::crypto
