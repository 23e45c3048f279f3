#include "engine/crypto/aes.hpp"

#include "engine/crypto/psa/raw.hpp"

namespace updraft::crypto {

Aes256::Aes256(AesMode mode, AesDirection direction, const Secret<32>& key, const Secret<16>& iv)
    : state_{}, iv_(iv) {
  state_.encrypts = direction == AesDirection::encrypt;
  state_.algorithm = mode == AesMode::ecb ? PSA_ALG_ECB_NO_PADDING : PSA_ALG_CBC_NO_PADDING;
  const psa_key_usage_t usage = state_.encrypts ? PSA_KEY_USAGE_ENCRYPT : PSA_KEY_USAGE_DECRYPT;
  state_.key = import_key(PSA_KEY_TYPE_AES, usage, state_.algorithm, key.reveal());
  if (state_.key == PSA_KEY_ID_NULL) std::abort();
  state_.operation = psa_cipher_operation_init();
  reset();
}

Aes256::~Aes256() {
  (void)psa_cipher_abort(&state_.operation);
  (void)psa_destroy_key(state_.key);
}

void Aes256::reset() {
  (void)psa_cipher_abort(&state_.operation);
  const auto setup = state_.encrypts ? &psa_cipher_encrypt_setup : &psa_cipher_decrypt_setup;
  must(setup(&state_.operation, state_.key, state_.algorithm));
  if (state_.algorithm == PSA_ALG_ECB_NO_PADDING) return;
  must(psa_cipher_set_iv(&state_.operation, raw(iv_.reveal()), iv_.reveal().size()));
}

void Aes256::process(Bytes in, MutableBytes out) {
  if (in.empty()) return;
  std::size_t written = 0;
  must(psa_cipher_update(&state_.operation, raw(in), in.size(), raw(out), out.size(), &written));
}

}  // namespace updraft::crypto
