#include "engine/crypto/x25519.hpp"

#include "engine/crypto/psa/raw.hpp"

namespace updraft::crypto {

std::optional<Secret<32>> x25519(const Secret<32>& mine, Bytes theirs) {
  const psa_key_id_t key = import_key(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY),
                                      PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, mine.reveal());
  if (key == PSA_KEY_ID_NULL) return std::nullopt;
  std::array<std::byte, kX25519Bytes> shared{};
  std::size_t size = 0;
  const psa_status_t status =
      psa_raw_key_agreement(PSA_ALG_ECDH, key, raw(theirs), theirs.size(),
                            raw(MutableBytes(shared)), shared.size(), &size);
  (void)psa_destroy_key(key);
  std::byte any{0};
  for (const std::byte one : shared) any |= one;
  if (status != PSA_SUCCESS || size != shared.size() || any == std::byte{0}) return std::nullopt;
  Secret<32> secret{Bytes(shared)};
  wipe(shared);
  return secret;
}

}  // namespace updraft::crypto
