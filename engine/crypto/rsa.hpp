// RSA-3072 with PKCS#1 v1.5, for one purpose: to get a 32-byte key out of what was encrypted for
// us.
//
// There is no "wrong padding" error: input that does not unwrap gives another key, always the same
// for the same input, which nobody can know without the private key (implicit rejection). So nobody
// learns by trying whether a padding was right (Bleichenbacher), and the caller needs no case for
// it: the content does not decrypt.
#pragma once
#include "updraft/bytes.hpp"

#include "engine/crypto/secret.hpp"
#include "updraft_key_backend.hpp"

namespace updraft::crypto {

inline constexpr std::size_t kRsaBytes = 384;  // 3072 bits, the only size there is

// May allocate in load() and in unwrap(), as big numbers do; what unwrap() took
// is given back before it returns. Not thread-safe.
class RsaPrivateKey {
 public:
  RsaPrivateKey() = default;
  ~RsaPrivateKey();
  RsaPrivateKey(const RsaPrivateKey&) = delete;
  RsaPrivateKey& operator=(const RsaPrivateKey&) = delete;
  // A private key in DER, PKCS#1 or PKCS#8. False: it is none, or not of 3072 bits.
  bool load(Bytes der);
  bool loaded() const { return state_.key != KeyState{}.key; }
  // `wrapped`: kRsaBytes, big-endian. Only once loaded.
  Secret<32> unwrap(Bytes wrapped);

 private:
  KeyState state_;
  Secret<32> rejection_;  // of which the other keys are made
};

}  // namespace updraft::crypto
