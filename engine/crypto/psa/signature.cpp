#include "engine/crypto/signature.hpp"

#include <algorithm>

#include "engine/crypto/p256.hpp"
#include "engine/crypto/psa/raw.hpp"

namespace updraft::crypto {
namespace {

constexpr psa_algorithm_t kEcdsa = PSA_ALG_ECDSA(PSA_ALG_SHA_256);
constexpr psa_algorithm_t kPss = PSA_ALG_RSA_PSS(PSA_ALG_SHA_256);  // its salt is a digest long

bool verify(psa_key_type_t type, psa_algorithm_t algorithm, Bytes key, const Sha256Digest& digest,
            Bytes signature) {
  const psa_key_id_t id = import_key(type, PSA_KEY_USAGE_VERIFY_HASH, algorithm, key);
  if (id == PSA_KEY_ID_NULL) return false;
  const psa_status_t status = psa_verify_hash(id, algorithm, raw(Bytes(digest)), digest.size(),
                                              raw(signature), signature.size());
  (void)psa_destroy_key(id);
  return status == PSA_SUCCESS;
}

// RSAPublicKey in DER: a sequence of the modulus and the exponent. A modulus of all its bits has
// its highest bit set, so that it begins with a zero.
constexpr std::size_t kNumbers = 4 + 1 + kRsaModulusBytes + 2 + 5;
constexpr std::size_t kDerBytes = 4 + kNumbers;

std::array<std::byte, kDerBytes> public_key(Bytes modulus, std::uint32_t exponent) {
  constexpr std::byte kSequence{0x30}, kInteger{0x02}, kTwoBytes{0x82}, kZero{};
  std::array<std::byte, kDerBytes> der{kSequence, kTwoBytes, kZero, kZero, kInteger,
                                       kTwoBytes, kZero,     kZero, kZero};
  store_be(MutableBytes(der).subspan(2, 2), kNumbers);
  store_be(MutableBytes(der).subspan(6, 2), 1 + kRsaModulusBytes);
  const auto rest = MutableBytes(der).subspan(9);
  std::ranges::copy(modulus, rest.begin());
  const auto last = rest.subspan(kRsaModulusBytes);
  last[0] = kInteger;
  last[1] = std::byte{5};
  store_be(last.subspan(3), exponent);
  return der;
}

}  // namespace

bool verify_p256(Bytes point, const Sha256Digest& digest, Bytes signature) {
  std::array<std::byte, 1 + kP256PointBytes> octets{std::byte{4}};
  if (point.size() != kP256PointBytes) return false;
  std::ranges::copy(point, octets.begin() + 1);
  return verify(PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1), kEcdsa, octets, digest,
                signature);
}

bool verify_rsa_pss(Bytes modulus, std::uint32_t exponent, const Sha256Digest& digest,
                    Bytes signature) {
  if (modulus.size() != kRsaModulusBytes || signature.size() != kRsaModulusBytes) return false;
  if ((load_u8(modulus, 0) & 0x80u) == 0) return false;
  return verify(PSA_KEY_TYPE_RSA_PUBLIC_KEY, kPss, public_key(modulus, exponent), digest,
                signature);
}

}  // namespace updraft::crypto
