// OpenSSL 3 as the crypto backend.
//
// SHA-256 uses the low-level calls, which OpenSSL 3.0 calls deprecated: EVP allocates whenever a
// digest starts over, and the device library allocates nothing after start. AES keeps one EVP
// context, GCM another.
#pragma once
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

struct evp_cipher_ctx_st;

namespace updraft::crypto {
struct HashState {
  SHA256_CTX context;
};
struct CipherState {
  evp_cipher_ctx_st* context;
};
struct AeadState {
  evp_cipher_ctx_st* context;
};
}  // namespace updraft::crypto
