// OpenSSL 3 (EVP) as the crypto backend: contexts are made once and reused.
#pragma once

struct evp_md_ctx_st;
struct evp_cipher_ctx_st;

namespace updraft::crypto {
struct HashState {
  evp_md_ctx_st* context;
};
struct CipherState {
  evp_cipher_ctx_st* context;
};
}  // namespace updraft::crypto
