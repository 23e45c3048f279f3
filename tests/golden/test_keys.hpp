// Keys for tests only: tests/golden/test_*_key.pem, the device's key of spec/esp32.md 7.5, and
// pre-encrypted images made with them.
#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "engine/format/sealed_keys.hpp"
#include "sim/sealed_image.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::golden {

// The private key of a PEM file, as DER.
inline std::vector<std::byte> private_key_der(const std::string& file) {
  const std::string pem = text(file);
  BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  if (key == nullptr) throw std::runtime_error("no key in " + file);
  std::vector<std::byte> der(static_cast<std::size_t>(i2d_PrivateKey(key, nullptr)));
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  i2d_PrivateKey(key, &at);
  EVP_PKEY_free(key);
  return der;
}

inline std::vector<std::byte> rsa_key() { return private_key_der("test_rsa_key.pem"); }
inline std::vector<std::byte> other_rsa_key() { return private_key_der("test_other_rsa_key.pem"); }

// The same key as `openssl genrsa` writes it.
inline std::vector<std::byte> rsa_key_in_pkcs8() {
  const auto der = rsa_key();
  const auto* from = reinterpret_cast<const unsigned char*>(der.data());
  EVP_PKEY* const key = d2i_AutoPrivateKey(nullptr, &from, static_cast<long>(der.size()));
  PKCS8_PRIV_KEY_INFO* const info = EVP_PKEY2PKCS8(key);
  std::vector<std::byte> out(static_cast<std::size_t>(i2d_PKCS8_PRIV_KEY_INFO(info, nullptr)));
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  i2d_PKCS8_PRIV_KEY_INFO(info, &to);
  PKCS8_PRIV_KEY_INFO_free(info);
  EVP_PKEY_free(key);
  return out;
}

// 00 01 02 ... 1f
inline crypto::Secret<32> hmac_key() {
  std::array<std::byte, 32> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  return crypto::Secret<32>{Bytes(bytes)};
}

inline crypto::Secret<32> ecies_scalar() { return format::ecies_scalar(hmac_key()); }

inline sim::SealFor seal_for(format::Seal scheme) {
  return scheme == format::Seal::rsa ? *sim::seal_for(rsa_key())
                                     : *sim::seal_for_scalar(ecies_scalar());
}

inline std::vector<std::byte> sealed(Bytes content, format::Seal scheme) {
  return sim::seal_image(content, seal_for(scheme));
}

// Both keys of a device.
inline void hold_keys(format::SealedKeys& keys) {
  if (!keys.add_rsa(rsa_key()) || !keys.add_ecies(ecies_scalar())) {
    throw std::runtime_error("the test keys do not load");
  }
}

}  // namespace updraft::golden
