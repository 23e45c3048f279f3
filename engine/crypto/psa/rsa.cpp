// PSA undoes the padding itself and reports a wrong one. That report goes no further than here: it
// picks, in constant time, which of two keys is the answer.
#include "engine/crypto/rsa.hpp"

#include "engine/crypto/hmac.hpp"
#include "engine/crypto/pkcs1.hpp"
#include "engine/crypto/psa/raw.hpp"
#include "engine/crypto/rsa_key_der.hpp"

namespace updraft::crypto {
namespace {

constexpr int kRsaBits = kRsaBytes * 8;
constexpr std::size_t kMostBytes = kRsaBytes - 11;  // that PKCS#1 v1.5 can wrap

bool has_our_size(psa_key_id_t key) {
  psa_key_attributes_t attributes = psa_key_attributes_init();
  const bool known = psa_get_key_attributes(key, &attributes) == PSA_SUCCESS;
  const std::size_t bits = psa_get_key_bits(&attributes);
  psa_reset_key_attributes(&attributes);
  return known && bits == kRsaBits;
}

}  // namespace

RsaPrivateKey::~RsaPrivateKey() { (void)psa_destroy_key(state_.key); }

bool RsaPrivateKey::load(Bytes der) {
  const psa_key_id_t key = import_key(PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_KEY_USAGE_DECRYPT,
                                      PSA_ALG_RSA_PKCS1V15_CRYPT, inside_pkcs8(der));
  if (key == PSA_KEY_ID_NULL) return false;
  if (!has_our_size(key)) {
    (void)psa_destroy_key(key);
    return false;
  }
  (void)psa_destroy_key(state_.key);
  state_.key = key;
  rejection_ = rejection_of(der);
  return true;
}

Secret<32> RsaPrivateKey::unwrap(Bytes wrapped) {
  const Secret<32> other = hmac_sha256(rejection_.reveal(), wrapped);
  std::array<std::byte, kMostBytes> content{};  // with room for all, so that no size is an error
  std::size_t size = 0;
  const psa_status_t status =
      psa_asymmetric_decrypt(state_.key, PSA_ALG_RSA_PKCS1V15_CRYPT, raw(wrapped), wrapped.size(),
                             nullptr, 0, raw(MutableBytes(content)), content.size(), &size);
  const auto wrong = static_cast<std::uint32_t>(status) | static_cast<std::uint32_t>(size ^ 32u);
  const Secret<32> key = pick_key(wrong, Bytes(content).first(32), other);
  wipe(content);
  return key;
}

}  // namespace updraft::crypto
