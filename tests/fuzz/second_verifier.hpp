// ECDSA on P-256 by OpenSSL's other way in: over the message, with a key in DER. What the library
// accepted must be accepted here.
#pragma once
#include <cstdint>
#include <vector>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "engine/suit/key_set.hpp"
#include "host/signing/written.hpp"

namespace updraft::fuzz {

inline bool verifies_in_openssl(Bytes point, Bytes message, Bytes signature) {
  std::vector<std::uint8_t> der = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                   0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
  const auto raw = [](Bytes b) { return reinterpret_cast<const std::uint8_t*>(b.data()); };
  der.insert(der.end(), raw(point), raw(point) + point.size());
  const std::uint8_t* at = der.data();
  EVP_PKEY* const key = d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size()));
  ECDSA_SIG* const numbers = ECDSA_SIG_new();
  ECDSA_SIG_set0(numbers, BN_bin2bn(raw(signature), 32, nullptr),
                 BN_bin2bn(raw(signature) + 32, 32, nullptr));
  std::uint8_t* encoded = nullptr;
  const int size = i2d_ECDSA_SIG(numbers, &encoded);
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const bool right = key != nullptr &&
                     EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
                     EVP_DigestVerify(context, encoded, static_cast<std::size_t>(size),
                                      raw(message), message.size()) == 1;
  EVP_MD_CTX_free(context);
  OPENSSL_free(encoded);
  ECDSA_SIG_free(numbers);
  EVP_PKEY_free(key);
  return right;
}

// Whether one of the keys of a role verifies the block.
inline bool is_signed(const suit::SignatureBlock& block, const suit::KeySet& keys, suit::Role role,
                      suit::Purpose purpose, Bytes payload) {
  std::vector<std::byte> message(suit::kMostSignedFront + payload.size());
  suit::CborWriter out(message);
  suit::write_signed_front(out, purpose, block.algorithm, payload);
  out.raw(payload);
  const suit::RoleKeys& those = keys.role(role);
  for (std::size_t i = 0; i < those.count; ++i) {
    if (verifies_in_openssl(keys.point(those.indexes[i]), out.written(), block.signature)) {
      return true;
    }
  }
  return false;
}

using host::written;  // again, of what was read

}  // namespace updraft::fuzz
