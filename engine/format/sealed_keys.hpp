// The private keys with which a device opens pre-encrypted images: one for RSA, one for ECIES,
// either may be missing. The head of a container shows which one it needs.
//
//   SealedKeys keys;                       // once, at the start
//   if (!keys.add_rsa(der)) ...
//   UnsealStage unseal(keys);
//
// The ECIES key of a chip is 32 bytes in an eFuse block that only its HMAC unit can read; the
// scalar is made of them. On a desk those 32 bytes are a file.
#pragma once
#include <string_view>

#include "updraft/result.hpp"

#include "engine/crypto/hmac.hpp"
#include "engine/crypto/p256.hpp"
#include "engine/crypto/rsa.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/format/sealed_header.hpp"

namespace updraft::format {

// PBKDF2-HMAC-SHA256 of the HMAC key, with the fixed salt of spec/esp32.md section 4.1.
crypto::Secret<32> ecies_scalar(const crypto::Secret<32>& hmac_key);
// The same with a key that only its unit can read; the unit is used 2,000 times. False: it failed.
bool ecies_scalar(crypto::HmacUnit& unit, crypto::Secret<32>& scalar);

// The AES key of an ECIES container: HKDF-SHA256 of the x-coordinate that both ends share.
crypto::Secret<32> ecies_content_key(const crypto::Secret<32>& shared, Bytes salt);

class SealedKeys {
 public:
  // Each replaces an earlier key of its kind. False: it is no key of that kind.
  bool add_rsa(Bytes der) { return rsa_.load(der); }
  bool add_ecies(const crypto::Secret<32>& scalar) { return ecies_.load(scalar); }

  bool has(Seal scheme) const { return scheme == Seal::rsa ? rsa_.loaded() : ecies_.loaded(); }
  bool any() const { return rsa_.loaded() || ecies_.loaded(); }
  // For the status document and events: "none", "rsa", "ecies", or "both".
  std::string_view held() const;

  // The AES key of a container. Errors: wrong_key (there is no key for its scheme), malformed
  // (ecies: the sender's point is not on the curve). A wrong key is no error here: the AES key that
  // comes out decrypts nothing.
  Result<crypto::Secret<32>> content_key(const SealedHeader& header);

 private:
  crypto::RsaPrivateKey rsa_;
  crypto::P256PrivateKey ecies_;
};

}  // namespace updraft::format
