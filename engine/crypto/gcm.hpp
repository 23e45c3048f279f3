// AES-256-GCM, decrypting as it arrives, without associated data.
//
//   gcm.start(key, iv);
//   gcm.process(blocks, blocks);   // as often as there is something
//   gcm.process(rest, rest);
//   if (!gcm.verify(tag)) ...      // none of the output can be trusted
//
// What process() gives is not authenticated until verify() has said yes.
#pragma once
#include "updraft/bytes.hpp"

#include "engine/crypto/secret.hpp"
#include "updraft_crypto_backend.hpp"

namespace updraft::crypto {

inline constexpr std::size_t kGcmBlock = 16;
inline constexpr std::size_t kGcmIvBytes = 16;  // not the usual 12: J0 comes from GHASH
inline constexpr std::size_t kGcmTagBytes = 16;

// Takes what it needs when constructed; after that nothing is allocated. Not thread-safe.
class Gcm256Decryptor {
 public:
  Gcm256Decryptor();
  ~Gcm256Decryptor();
  Gcm256Decryptor(const Gcm256Decryptor&) = delete;
  Gcm256Decryptor& operator=(const Gcm256Decryptor&) = delete;
  void start(const Secret<32>& key, Bytes iv);  // kGcmIvBytes; a new stream
  // in.size() is a multiple of kGcmBlock in all calls but the last; out.size() >= in.size(); may
  // work in place.
  void process(Bytes in, MutableBytes out);
  bool verify(Bytes tag);  // once, at the end; kGcmTagBytes; takes the same time whatever differs

 private:
  AeadState state_;
};

}  // namespace updraft::crypto
