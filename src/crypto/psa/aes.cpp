#include "updraft/crypto/aes.hpp"

#include <cstdlib>

namespace updraft::crypto {
namespace {

const std::uint8_t* raw(Bytes bytes) { return reinterpret_cast<const std::uint8_t*>(bytes.data()); }

void must(psa_status_t status) {
  if (status != PSA_SUCCESS) std::abort();
}

psa_key_id_t import_key(const Secret<32>& key, bool encrypts, psa_algorithm_t algorithm) {
  must(psa_crypto_init());
  psa_key_attributes_t attributes = psa_key_attributes_init();
  psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
  psa_set_key_usage_flags(&attributes, encrypts ? PSA_KEY_USAGE_ENCRYPT : PSA_KEY_USAGE_DECRYPT);
  psa_set_key_algorithm(&attributes, algorithm);
  psa_key_id_t id{};
  must(psa_import_key(&attributes, raw(key.reveal()), key.reveal().size(), &id));
  return id;
}

}  // namespace

Aes256::Aes256(AesMode mode, AesDirection direction, const Secret<32>& key, const Secret<16>& iv)
    : state_{}, iv_(iv) {
  state_.encrypts = direction == AesDirection::encrypt;
  state_.algorithm = mode == AesMode::ecb ? PSA_ALG_ECB_NO_PADDING : PSA_ALG_CBC_NO_PADDING;
  state_.key = import_key(key, state_.encrypts, state_.algorithm);
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
  must(psa_cipher_update(&state_.operation, raw(in), in.size(),
                         reinterpret_cast<std::uint8_t*>(out.data()), out.size(), &written));
}

}  // namespace updraft::crypto
