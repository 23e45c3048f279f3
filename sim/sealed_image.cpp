#include "sim/sealed_image.hpp"

#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "engine/crypto/gcm.hpp"
#include "updraft_openssl_owned.hpp"

namespace updraft::sim {
namespace {

using crypto::Owned;
using format::Seal;

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using CipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using Number = Owned<BIGNUM, BN_clear_free>;
using Group = Owned<EC_GROUP, EC_GROUP_free>;
using Point = Owned<EC_POINT, EC_POINT_clear_free>;

unsigned char* raw(MutableBytes bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
const unsigned char* raw(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

void check(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL could not ") + what);
}

Group p256() { return Group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)); }

// `scalar` times `point`, or times the generator; X and Y. nullopt: out of range, or no point.
std::optional<std::vector<std::byte>> multiply(const crypto::Secret<32>& scalar, Bytes point) {
  const Group group = p256();
  const Number number(BN_bin2bn(raw(scalar.reveal()), 32, nullptr));
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  if (BN_is_zero(number.get()) != 0 ||
      BN_cmp(number.get(), EC_GROUP_get0_order(group.get())) >= 0) {
    return std::nullopt;
  }
  const Point of(EC_POINT_new(group.get())), product(EC_POINT_new(group.get()));
  std::vector<std::byte> octets{std::byte{4}};
  octets.insert(octets.end(), point.begin(), point.end());
  const bool generator = point.empty();
  if (!generator &&
      EC_POINT_oct2point(group.get(), of.get(), raw(Bytes(octets)), octets.size(), nullptr) != 1) {
    return std::nullopt;
  }
  check(EC_POINT_mul(group.get(), product.get(), generator ? number.get() : nullptr,
                     generator ? nullptr : of.get(), generator ? nullptr : number.get(),
                     nullptr) == 1,
        "multiply a point");
  octets.resize(1 + format::kSenderPointBytes);
  EC_POINT_point2oct(group.get(), product.get(), POINT_CONVERSION_UNCOMPRESSED,
                     raw(MutableBytes(octets)), octets.size(), nullptr);
  octets.erase(octets.begin());
  return octets;
}

Key parse(Bytes der) {
  const unsigned char* at = raw(der);
  Key key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
  at = raw(der);
  if (!key) key.reset(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  return key;
}

std::optional<SealFor> for_rsa(EVP_PKEY* key) {
  if (EVP_PKEY_get_bits(key) != static_cast<int>(crypto::kRsaBytes) * 8) return std::nullopt;
  SealFor whom{Seal::rsa, {}};
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  check(size > 0, "write the public key");
  const Bytes bytes = std::as_bytes(std::span(der, static_cast<std::size_t>(size)));
  whom.key.assign(bytes.begin(), bytes.end());
  OPENSSL_free(der);
  return whom;
}

std::optional<SealFor> for_p256(EVP_PKEY* key) {
  std::array<char, 32> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1 ||
      std::string_view(group.data(), size) != "prime256v1") {
    return std::nullopt;
  }
  SealFor whom{Seal::ecies, std::vector<std::byte>(1 + format::kSenderPointBytes)};
  EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed");
  if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, raw(MutableBytes(whom.key)),
                                      whom.key.size(), &size) != 1 ||
      size != whom.key.size()) {
    return std::nullopt;
  }
  whom.key.erase(whom.key.begin());
  return whom;
}

std::vector<std::byte> encrypt_rsa(Bytes content_key, const SealFor& whom) {
  const unsigned char* at = raw(Bytes(whom.key));
  const Key key(d2i_PUBKEY(nullptr, &at, static_cast<long>(whom.key.size())));
  const KeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
  std::vector<std::byte> wrapped(format::kWrappedKeyBytes);
  std::size_t size = wrapped.size();
  check(EVP_PKEY_encrypt_init(context.get()) == 1 &&
            EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
            EVP_PKEY_encrypt(context.get(), raw(MutableBytes(wrapped)), &size, raw(content_key),
                             content_key.size()) == 1,
        "encrypt with RSA");
  return wrapped;
}

struct Wrapping {
  crypto::Secret<32> content_key;
  std::vector<std::byte> wrapped_key;
};

template <std::size_t N>
crypto::Secret<N> random_secret(crypto::RandomSource random) {
  std::array<std::byte, N> bytes;
  random(bytes);
  const crypto::Secret<N> secret{Bytes(bytes)};
  crypto::wipe(bytes);
  return secret;
}

Wrapping wrap_rsa(const SealFor& whom, crypto::RandomSource random) {
  const auto content_key = random_secret<32>(random);
  return {content_key, encrypt_rsa(content_key.reveal(), whom)};
}

Wrapping wrap_ecies(const SealFor& whom, crypto::RandomSource random) {
  std::optional<std::vector<std::byte>> point;
  crypto::Secret<32> scalar;
  while (!point) {
    scalar = random_secret<32>(random);
    point = multiply(scalar, {});
  }
  std::array<std::byte, format::kSealSaltBytes> salt;
  random(salt);
  auto shared = multiply(scalar, whom.key);
  check(shared.has_value(), "agree on a key: the device's public key is no point of P-256");
  const crypto::Secret<32> x{Bytes(*shared).first(32)};
  crypto::wipe(*shared);
  Wrapping wrapping{format::ecies_content_key(x, salt), *point};
  wrapping.wrapped_key.insert(wrapping.wrapped_key.end(), salt.begin(), salt.end());
  wrapping.wrapped_key.resize(format::kWrappedKeyBytes);
  return wrapping;
}

void encrypt(Bytes in, MutableBytes out, const crypto::Secret<32>& key, Bytes iv,
             MutableBytes tag) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* const gcm = context.get();
  int size = 0;
  check(EVP_EncryptInit_ex2(gcm, EVP_aes_256_gcm(), nullptr, nullptr, nullptr) == 1 &&
            EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(iv.size()),
                                nullptr) == 1 &&
            EVP_EncryptInit_ex2(gcm, nullptr, raw(key.reveal()), raw(iv), nullptr) == 1 &&
            EVP_EncryptUpdate(gcm, raw(out), &size, raw(in), static_cast<int>(in.size())) == 1 &&
            EVP_EncryptFinal_ex(gcm, raw(out), &size) == 1 &&
            EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()),
                                tag.data()) == 1,
        "encrypt with AES-GCM");
}

}  // namespace

std::optional<SealFor> seal_for(Bytes der) {
  const Key key = parse(der);
  if (!key) return std::nullopt;
  const int kind = EVP_PKEY_get_base_id(key.get());
  if (kind == EVP_PKEY_RSA) return for_rsa(key.get());
  return kind == EVP_PKEY_EC ? for_p256(key.get()) : std::nullopt;
}

std::optional<SealFor> seal_for_scalar(const crypto::Secret<32>& scalar) {
  auto point = multiply(scalar, {});
  if (!point) return std::nullopt;
  return SealFor{Seal::ecies, std::move(*point)};
}

std::vector<std::byte> seal_image(Bytes content, const SealFor& whom, crypto::RandomSource random) {
  const Wrapping wrapping =
      whom.scheme == Seal::rsa ? wrap_rsa(whom, random) : wrap_ecies(whom, random);
  std::array<std::byte, crypto::kGcmIvBytes> iv;
  random(iv);
  std::array<std::byte, crypto::kGcmTagBytes> tag;
  std::vector<std::byte> sealed(format::kSealedHeaderBytes + content.size());
  encrypt(content, MutableBytes(sealed).subspan(format::kSealedHeaderBytes), wrapping.content_key,
          iv, tag);
  format::write_sealed_header({.scheme = whom.scheme,
                               .wrapped_key = wrapping.wrapped_key,
                               .iv = iv,
                               .tag = tag,
                               .length = static_cast<std::uint32_t>(content.size())},
                              sealed);
  return sealed;
}

}  // namespace updraft::sim
