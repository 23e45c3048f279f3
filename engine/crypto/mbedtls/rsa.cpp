#include "engine/crypto/rsa.hpp"

#include <mbedtls/rsa.h>

#include "engine/crypto/hmac.hpp"
#include "engine/crypto/mbedtls/raw.hpp"
#include "engine/crypto/pkcs1.hpp"
#include "engine/crypto/rsa_key_der.hpp"

namespace updraft::crypto {
namespace {

struct RsaKey {
#if MBEDTLS_VERSION_NUMBER < 0x03000000
  RsaKey() { mbedtls_rsa_init(&context, MBEDTLS_RSA_PKCS_V15, 0); }
#else
  RsaKey() { mbedtls_rsa_init(&context); }
#endif
  ~RsaKey() { mbedtls_rsa_free(&context); }
  RsaKey(const RsaKey&) = delete;
  RsaKey& operator=(const RsaKey&) = delete;

  mbedtls_rsa_context context;
};

RsaKey* rsa_key(const KeyState& state) { return static_cast<RsaKey*>(state.key); }

bool fill(mbedtls_rsa_context& context, Bytes der) {
  const std::optional<RsaNumbers> key = rsa_numbers(inside_pkcs8(der));
  return key && key->modulus.size() == kRsaBytes &&
         mbedtls_rsa_import_raw(&context, raw(key->modulus), key->modulus.size(), raw(key->prime1),
                                key->prime1.size(), raw(key->prime2), key->prime2.size(),
                                raw(key->private_exponent), key->private_exponent.size(),
                                raw(key->public_exponent), key->public_exponent.size()) == 0 &&
         mbedtls_rsa_complete(&context) == 0 && mbedtls_rsa_check_privkey(&context) == 0;
}

}  // namespace

RsaPrivateKey::~RsaPrivateKey() { drop_key(rsa_key(state_)); }

bool RsaPrivateKey::load(Bytes der) {
  RsaKey* const key = make_key<RsaKey>();
  if (key == nullptr) return false;
  if (!fill(key->context, der)) {
    drop_key(key);
    return false;
  }
  drop_key(rsa_key(state_));
  state_.key = key;
  rejection_ = rejection_of(der);
  return true;
}

Secret<32> RsaPrivateKey::unwrap(Bytes wrapped) {
  const Secret<32> other = hmac_sha256(rejection_.reveal(), wrapped);
  std::array<std::byte, kRsaBytes> block{};
  // It fails for numbers that are not below the modulus. That gives nothing away: the sender knows
  // the number. The block is then all zeros, and no right padding.
  const int status = mbedtls_rsa_private(&rsa_key(state_)->context, blind, nullptr, raw(wrapped),
                                         raw(MutableBytes(block)));
  if (status != 0) block = {};
  const Secret<32> key = unpad_key(block, other);
  wipe(block);
  return key;
}

}  // namespace updraft::crypto
