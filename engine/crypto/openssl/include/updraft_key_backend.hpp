// OpenSSL 3 as the backend of private keys.
#pragma once

struct evp_pkey_ctx_st;
struct evp_pkey_st;

namespace updraft::crypto {
struct KeyState {
  evp_pkey_st* key = nullptr;
  evp_pkey_ctx_st* context = nullptr;  // of the one operation that it is used for
};
}  // namespace updraft::crypto
