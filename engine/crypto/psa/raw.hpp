// Our bytes as PSA takes them, and what must not fail.
#pragma once
#include <cstdint>
#include <cstdlib>

#include <psa/crypto.h>

#include "engine/crypto/raw_bytes.hpp"

namespace updraft::crypto {

// A value that was not computed must never be used as if it were: without it the program ends.
inline void must(psa_status_t status) {
  if (status != PSA_SUCCESS) std::abort();
}

// A volatile key. PSA_KEY_ID_NULL: the material is no key of that type.
inline psa_key_id_t import_key(psa_key_type_t type, psa_key_usage_t usage,
                               psa_algorithm_t algorithm, Bytes material) {
  must(psa_crypto_init());
  psa_key_attributes_t attributes = psa_key_attributes_init();
  psa_set_key_type(&attributes, type);
  psa_set_key_usage_flags(&attributes, usage);
  psa_set_key_algorithm(&attributes, algorithm);
  psa_key_id_t id = PSA_KEY_ID_NULL;
  const psa_status_t status = psa_import_key(&attributes, raw(material), material.size(), &id);
  return status == PSA_SUCCESS ? id : PSA_KEY_ID_NULL;
}

}  // namespace updraft::crypto
