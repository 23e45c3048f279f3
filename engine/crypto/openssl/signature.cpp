#include "engine/crypto/signature.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "engine/crypto/openssl/p256_point.hpp"
#include "engine/crypto/raw_bytes.hpp"

namespace updraft::crypto {
namespace {

using Context = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using Number = Owned<BIGNUM, BN_free>;
using Params = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using Builder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using EcSignature = Owned<ECDSA_SIG, ECDSA_SIG_free>;

constexpr int kSaltBytes = 32;
constexpr std::size_t kNumber = 32;
constexpr std::size_t kMostDer = 2 + 2 * (3 + kNumber);  // a sequence of two numbers

Number number(Bytes bytes) {
  return Number(BN_bin2bn(raw(bytes), static_cast<int>(bytes.size()), nullptr));
}

// OpenSSL wants r and s in DER. 0: it could not be made.
std::size_t to_der(Bytes signature, std::array<unsigned char, kMostDer>& der) {
  const EcSignature both(ECDSA_SIG_new());
  Number r = number(signature.first(kNumber)), s = number(signature.subspan(kNumber));
  if (ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) return 0;
  (void)r.release();
  (void)s.release();
  unsigned char* at = der.data();
  return static_cast<std::size_t>(std::max(0, i2d_ECDSA_SIG(both.get(), &at)));
}

EvpKey rsa_key(Bytes modulus, std::uint32_t exponent) {
  const Builder builder(OSSL_PARAM_BLD_new());
  const Number n = number(modulus);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_uint32(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent);
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return EvpKey(key);
}

bool is_pss(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, kSaltBytes) == 1;
}

}  // namespace

bool verify_p256(Bytes point, const Sha256Digest& digest, Bytes signature) {
  const EvpKey key = p256_point_key(point);
  if (!key || signature.size() != 2 * kNumber) return false;
  std::array<unsigned char, kMostDer> der{};
  const std::size_t size = to_der(signature, der);
  const Context context(EVP_PKEY_CTX_new(key.get(), nullptr));
  const bool right =
      size != 0 && EVP_PKEY_verify_init(context.get()) == 1 &&
      EVP_PKEY_verify(context.get(), der.data(), size, raw(Bytes(digest)), digest.size()) == 1;
  ERR_clear_error();
  return right;
}

bool verify_rsa_pss(Bytes modulus, std::uint32_t exponent, const Sha256Digest& digest,
                    Bytes signature) {
  if (modulus.size() != kRsaModulusBytes || signature.size() != kRsaModulusBytes) return false;
  const EvpKey key = rsa_key(modulus, exponent);
  const Context context(key ? EVP_PKEY_CTX_new(key.get(), nullptr) : nullptr);
  const bool right = context && EVP_PKEY_verify_init(context.get()) == 1 && is_pss(context.get()) &&
                     EVP_PKEY_verify(context.get(), raw(signature), signature.size(),
                                     raw(Bytes(digest)), digest.size()) == 1;
  ERR_clear_error();
  return right;
}

}  // namespace updraft::crypto
