#include "engine/crypto/chacha_poly.hpp"

#include "engine/crypto/psa/raw.hpp"

namespace updraft::crypto {
namespace {

psa_key_id_t import_for(psa_key_usage_t usage, const Secret<32>& key) {
  const psa_key_id_t id =
      import_key(PSA_KEY_TYPE_CHACHA20, usage, PSA_ALG_CHACHA20_POLY1305, key.reveal());
  if (id == PSA_KEY_ID_NULL) std::abort();  // no slot, or the build has left the cipher out
  return id;
}

}  // namespace

void chacha_poly_seal(const Secret<32>& key, Bytes nonce, Bytes ad, Bytes plain, MutableBytes out) {
  const psa_key_id_t id = import_for(PSA_KEY_USAGE_ENCRYPT, key);
  std::size_t size = 0;
  must(psa_aead_encrypt(id, PSA_ALG_CHACHA20_POLY1305, raw(nonce), nonce.size(), raw(ad), ad.size(),
                        raw(plain), plain.size(), raw(out), plain.size() + kChaChaTagBytes, &size));
  (void)psa_destroy_key(id);
}

bool chacha_poly_open(const Secret<32>& key, Bytes nonce, Bytes ad, Bytes sealed,
                      MutableBytes out) {
  if (sealed.size() < kChaChaTagBytes) return false;
  const psa_key_id_t id = import_for(PSA_KEY_USAGE_DECRYPT, key);
  std::size_t size = 0;
  std::uint8_t none = 0;  // an empty message has to go somewhere
  const psa_status_t status = psa_aead_decrypt(
      id, PSA_ALG_CHACHA20_POLY1305, raw(nonce), nonce.size(), raw(ad), ad.size(), raw(sealed),
      sealed.size(), out.empty() ? &none : raw(out), sealed.size() - kChaChaTagBytes, &size);
  (void)psa_destroy_key(id);
  return status == PSA_SUCCESS;
}

}  // namespace updraft::crypto
