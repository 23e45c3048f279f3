#include "engine/crypto/signature.hpp"

#include <algorithm>

#include <mbedtls/ecdsa.h>
#include <mbedtls/rsa.h>

#include "engine/crypto/mbedtls/raw.hpp"
#include "engine/crypto/p256.hpp"

namespace updraft::crypto {
namespace {

constexpr std::size_t kNumber = 32;
constexpr int kSaltBytes = 32;

struct CurveSignature {  // what one verification needs
  CurveSignature() {
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&point);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
  }
  ~CurveSignature() {
    mbedtls_ecp_group_free(&group);
    mbedtls_ecp_point_free(&point);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
  }
  CurveSignature(const CurveSignature&) = delete;
  CurveSignature& operator=(const CurveSignature&) = delete;

  mbedtls_ecp_group group;
  mbedtls_ecp_point point;
  mbedtls_mpi r, s;
};

struct PublicRsaKey {
  PublicRsaKey() {
#if MBEDTLS_VERSION_NUMBER < 0x03000000
    mbedtls_rsa_init(&context, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256);
#else
    mbedtls_rsa_init(&context);
#endif
  }
  ~PublicRsaKey() { mbedtls_rsa_free(&context); }
  PublicRsaKey(const PublicRsaKey&) = delete;
  PublicRsaKey& operator=(const PublicRsaKey&) = delete;

  mbedtls_rsa_context context;
};

int verify_pss(mbedtls_rsa_context* key, const Sha256Digest& digest, Bytes signature) {
#if MBEDTLS_VERSION_NUMBER < 0x03000000
  return mbedtls_rsa_rsassa_pss_verify_ext(key, nullptr, nullptr, MBEDTLS_RSA_PUBLIC,
                                           MBEDTLS_MD_SHA256, static_cast<unsigned>(digest.size()),
                                           raw(Bytes(digest)), MBEDTLS_MD_SHA256, kSaltBytes,
                                           raw(signature));
#else
  return mbedtls_rsa_rsassa_pss_verify_ext(key, MBEDTLS_MD_SHA256,
                                           static_cast<unsigned>(digest.size()), raw(Bytes(digest)),
                                           MBEDTLS_MD_SHA256, kSaltBytes, raw(signature));
#endif
}

}  // namespace

bool verify_p256(Bytes point, const Sha256Digest& digest, Bytes signature) {
  std::array<std::byte, 1 + kP256PointBytes> octets{std::byte{4}};
  if (point.size() != kP256PointBytes || signature.size() != 2 * kNumber) return false;
  std::ranges::copy(point, octets.begin() + 1);
  CurveSignature all;
  const Bytes r = signature.first(kNumber), s = signature.subspan(kNumber);
  return mbedtls_ecp_group_load(&all.group, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
         mbedtls_ecp_point_read_binary(&all.group, &all.point, raw(Bytes(octets)), octets.size()) ==
             0 &&
         mbedtls_ecp_check_pubkey(&all.group, &all.point) == 0 &&
         mbedtls_mpi_read_binary(&all.r, raw(r), r.size()) == 0 &&
         mbedtls_mpi_read_binary(&all.s, raw(s), s.size()) == 0 &&
         mbedtls_ecdsa_verify(&all.group, raw(Bytes(digest)), digest.size(), &all.point, &all.r,
                              &all.s) == 0;
}

bool verify_rsa_pss(Bytes modulus, std::uint32_t exponent, const Sha256Digest& digest,
                    Bytes signature) {
  if (modulus.size() != kRsaModulusBytes || signature.size() != kRsaModulusBytes) return false;
  std::array<std::byte, 4> e{};
  store_be(e, exponent);
  PublicRsaKey key;
  return mbedtls_rsa_import_raw(&key.context, raw(modulus), modulus.size(), nullptr, 0, nullptr, 0,
                                nullptr, 0, raw(Bytes(e)), e.size()) == 0 &&
         mbedtls_rsa_complete(&key.context) == 0 && mbedtls_rsa_check_pubkey(&key.context) == 0 &&
         mbedtls_rsa_get_len(&key.context) == kRsaModulusBytes &&
         verify_pss(&key.context, digest, signature) == 0;
}

}  // namespace updraft::crypto
