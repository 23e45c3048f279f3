#include "engine/crypto/chacha_poly.hpp"

#include <mbedtls/chachapoly.h>

#include "engine/crypto/mbedtls/raw.hpp"

namespace updraft::crypto {
namespace {

struct ChaChaContext {
  explicit ChaChaContext(const Secret<32>& key) {
    mbedtls_chachapoly_init(&context);
    must(mbedtls_chachapoly_setkey(&context, raw(key.reveal())));
  }
  ~ChaChaContext() { mbedtls_chachapoly_free(&context); }
  ChaChaContext(const ChaChaContext&) = delete;
  ChaChaContext& operator=(const ChaChaContext&) = delete;
  mbedtls_chachapoly_context context;
};

}  // namespace

void chacha_poly_seal(const Secret<32>& key, Bytes nonce, Bytes ad, Bytes plain, MutableBytes out) {
  ChaChaContext cipher(key);
  must(mbedtls_chachapoly_encrypt_and_tag(&cipher.context, plain.size(), raw(nonce), raw(ad),
                                          ad.size(), raw(plain), raw(out),
                                          raw(out.subspan(plain.size(), kChaChaTagBytes))));
}

bool chacha_poly_open(const Secret<32>& key, Bytes nonce, Bytes ad, Bytes sealed,
                      MutableBytes out) {
  if (sealed.size() < kChaChaTagBytes) return false;
  ChaChaContext cipher(key);
  const std::size_t size = sealed.size() - kChaChaTagBytes;
  return mbedtls_chachapoly_auth_decrypt(&cipher.context, size, raw(nonce), raw(ad), ad.size(),
                                         raw(sealed.subspan(size)), raw(sealed), raw(out)) == 0;
}

}  // namespace updraft::crypto
