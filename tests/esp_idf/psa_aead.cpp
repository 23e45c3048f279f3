// Mbed TLS 2.28, which Debian has, declares PSA's multi-part AEAD and does not define it; 3.0 and
// later do. So here it is for GCM, on 2.28's own mbedtls_gcm_* and its own key store.
//
// A key is exported for it, so psa_import_key() is wrapped (-Wl,--wrap) to allow that.
#include <mbedtls/version.h>
#include <psa/crypto.h>

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#include <cstring>
#include <memory>

#include <mbedtls/gcm.h>

namespace {
mbedtls_gcm_context* gcm_of(psa_aead_operation_t* operation) {
  return static_cast<mbedtls_gcm_context*>(operation->ctx.cipher.cipher_ctx);
}
}  // namespace

extern "C" {

psa_status_t __real_psa_import_key(const psa_key_attributes_t* attributes,  // NOLINT: ld's names
                                   const uint8_t* data, size_t size, mbedtls_svc_key_id_t* key);
psa_status_t __wrap_psa_import_key(const psa_key_attributes_t* attributes,  // NOLINT
                                   const uint8_t* data, size_t size, mbedtls_svc_key_id_t* key) {
  psa_key_attributes_t mine = *attributes;
  if (psa_get_key_algorithm(&mine) == PSA_ALG_GCM) {
    psa_set_key_usage_flags(&mine, psa_get_key_usage_flags(&mine) | PSA_KEY_USAGE_EXPORT);
  }
  return __real_psa_import_key(&mine, data, size, key);
}

psa_status_t psa_aead_decrypt_setup(psa_aead_operation_t* operation, mbedtls_svc_key_id_t key,
                                    psa_algorithm_t alg) {
  if (operation->key_set != 0) return PSA_ERROR_BAD_STATE;
  if (alg != PSA_ALG_GCM) return PSA_ERROR_NOT_SUPPORTED;
  uint8_t bytes[32];
  size_t size = 0;
  const psa_status_t status = psa_export_key(key, bytes, sizeof bytes, &size);
  if (status != PSA_SUCCESS) return status;
  auto gcm = std::make_unique<mbedtls_gcm_context>();
  mbedtls_gcm_init(gcm.get());
  const auto bits = static_cast<unsigned>(size * 8);
  if (mbedtls_gcm_setkey(gcm.get(), MBEDTLS_CIPHER_ID_AES, bytes, bits) != 0) {
    return PSA_ERROR_INVALID_ARGUMENT;
  }
  operation->ctx.cipher.cipher_ctx = gcm.release();
  operation->key_set = 1;
  return PSA_SUCCESS;
}

psa_status_t psa_aead_set_nonce(psa_aead_operation_t* operation, const uint8_t* nonce,
                                size_t size) {
  if (operation->key_set == 0 || operation->iv_set != 0) return PSA_ERROR_BAD_STATE;
  if (mbedtls_gcm_starts(gcm_of(operation), MBEDTLS_GCM_DECRYPT, nonce, size, nullptr, 0) != 0) {
    return PSA_ERROR_INVALID_ARGUMENT;
  }
  operation->iv_set = 1;
  return PSA_SUCCESS;
}

psa_status_t psa_aead_update(psa_aead_operation_t* operation, const uint8_t* input,
                             size_t input_size, uint8_t* output, size_t output_size,
                             size_t* output_length) {
  if (operation->iv_set == 0) return PSA_ERROR_BAD_STATE;
  if (output_size < input_size) return PSA_ERROR_BUFFER_TOO_SMALL;
  if (mbedtls_gcm_update(gcm_of(operation), input_size, input, output) != 0) {
    return PSA_ERROR_INVALID_ARGUMENT;
  }
  *output_length = input_size;
  return PSA_SUCCESS;
}

psa_status_t psa_aead_verify(psa_aead_operation_t* operation, uint8_t*, size_t,
                             size_t* plaintext_length, const uint8_t* tag, size_t tag_size) {
  if (operation->iv_set == 0) return PSA_ERROR_BAD_STATE;
  uint8_t right[16];
  if (mbedtls_gcm_finish(gcm_of(operation), right, sizeof right) != 0) {
    return PSA_ERROR_CORRUPTION_DETECTED;
  }
  *plaintext_length = 0;
  const bool same = tag_size == sizeof right && std::memcmp(tag, right, sizeof right) == 0;
  if (!same) return PSA_ERROR_INVALID_SIGNATURE;
  return psa_aead_abort(operation);
}

psa_status_t psa_aead_abort(psa_aead_operation_t* operation) {
  if (operation->key_set != 0) {
    const std::unique_ptr<mbedtls_gcm_context> gcm(gcm_of(operation));
    mbedtls_gcm_free(gcm.get());
  }
  *operation = psa_aead_operation_init();
  return PSA_SUCCESS;
}
}
#endif
