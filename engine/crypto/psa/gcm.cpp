// PSA's multi-part AEAD. Each call must return all that it decrypted: so do Mbed TLS since 3.0 and
// Espressif's driver; an implementation that holds bytes back would not pass must_be_all().
#include "engine/crypto/gcm.hpp"

#include "engine/crypto/psa/raw.hpp"

namespace updraft::crypto {
namespace {

void must_be_all(std::size_t written, std::size_t asked) {
  if (written != asked) std::abort();
}

}  // namespace

Gcm256Decryptor::Gcm256Decryptor() { state_.operation = psa_aead_operation_init(); }

Gcm256Decryptor::~Gcm256Decryptor() {
  (void)psa_aead_abort(&state_.operation);
  (void)psa_destroy_key(state_.key);
}

void Gcm256Decryptor::start(const Secret<32>& key, Bytes iv) {
  (void)psa_aead_abort(&state_.operation);
  (void)psa_destroy_key(state_.key);
  state_.key = import_key(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_DECRYPT, PSA_ALG_GCM, key.reveal());
  must(psa_aead_decrypt_setup(&state_.operation, state_.key, PSA_ALG_GCM));
  must(psa_aead_set_nonce(&state_.operation, raw(iv), iv.size()));
}

void Gcm256Decryptor::process(Bytes in, MutableBytes out) {
  if (in.empty()) return;
  std::size_t written = 0;
  must(psa_aead_update(&state_.operation, raw(in), in.size(), raw(out), out.size(), &written));
  must_be_all(written, in.size());
}

bool Gcm256Decryptor::verify(Bytes tag) {
  std::uint8_t none = 0;
  std::size_t written = 0;
  const psa_status_t status =
      psa_aead_verify(&state_.operation, &none, 0, &written, raw(tag), tag.size());
  if (status != PSA_SUCCESS) (void)psa_aead_abort(&state_.operation);
  return status == PSA_SUCCESS;
}

}  // namespace updraft::crypto
