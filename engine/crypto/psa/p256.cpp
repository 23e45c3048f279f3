#include "engine/crypto/p256.hpp"

#include <algorithm>

#include "engine/crypto/psa/raw.hpp"

namespace updraft::crypto {

P256PrivateKey::~P256PrivateKey() { (void)psa_destroy_key(state_.key); }

bool P256PrivateKey::load(const Secret<32>& scalar) {
  const psa_key_id_t key = import_key(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1),
                                      PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, scalar.reveal());
  if (key == PSA_KEY_ID_NULL) return false;
  (void)psa_destroy_key(state_.key);
  state_.key = key;
  return true;
}

std::optional<Secret<32>> P256PrivateKey::agree(Bytes point) {
  std::array<std::byte, 1 + kP256PointBytes> octets{std::byte{4}};
  if (point.size() != kP256PointBytes) return std::nullopt;
  std::ranges::copy(point, octets.begin() + 1);
  std::array<std::byte, 32> shared{};
  std::size_t size = 0;
  const psa_status_t status =
      psa_raw_key_agreement(PSA_ALG_ECDH, state_.key, raw(Bytes(octets)), octets.size(),
                            raw(MutableBytes(shared)), shared.size(), &size);
  if (status != PSA_SUCCESS || size != shared.size()) return std::nullopt;
  Secret<32> secret{Bytes(shared)};
  wipe(shared);
  return secret;
}

}  // namespace updraft::crypto
