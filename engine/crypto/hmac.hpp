// HMAC-SHA256 (RFC 2104) and the two key derivations made of it: HKDF (RFC 5869) and PBKDF2
// (RFC 8018). Written on Sha256 alone, so that a backend has nothing to add; nothing is allocated.
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"

#include "engine/crypto/secret.hpp"

namespace updraft::crypto {

// Of `data` and then `more`, as if they were one.
Secret<32> hmac_sha256(Bytes key, Bytes data, Bytes more = {});

// The first 32 bytes that HKDF-SHA256 makes of `input`.
Secret<32> hkdf_sha256(Bytes input, Bytes salt, Bytes info);

// The first 32 bytes that PBKDF2-HMAC-SHA256 makes of `password`.
Secret<32> pbkdf2_sha256(Bytes password, Bytes salt, std::uint32_t iterations);

// HMAC-SHA256 under a key that nobody can read: a chip's HMAC unit with an eFuse block.
class HmacUnit {
 public:
  // Of `data` and then `more`, together at most kHmacUnitBytes. False: it did not work.
  virtual bool mac(Bytes data, Bytes more, Secret<32>& out) = 0;

 protected:
  ~HmacUnit() = default;
};
inline constexpr std::size_t kHmacUnitBytes = 64;

// The same of the password in the unit. False: the unit did not work.
bool pbkdf2_sha256(HmacUnit& unit, Bytes salt, std::uint32_t iterations, Secret<32>& key);

}  // namespace updraft::crypto
