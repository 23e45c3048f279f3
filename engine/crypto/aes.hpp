// AES-256 in the two modes that raw TCP speaks (protocols/raw/SPEC.md section 4). Encryption hides;
// it proves nothing about the sender (security.md rule 2).
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"

#include "engine/crypto/secret.hpp"
#include "updraft_crypto_backend.hpp"

namespace updraft::crypto {

inline constexpr std::size_t kAesBlock = 16;

enum class AesMode : std::uint8_t { ecb, cbc };
enum class AesDirection : std::uint8_t { encrypt, decrypt };

// One chain of blocks. Keys itself when constructed; after that nothing is allocated.
class Aes256 {
 public:
  // `iv` is not used with ecb.
  Aes256(AesMode mode, AesDirection direction, const Secret<32>& key, const Secret<16>& iv);
  ~Aes256();
  Aes256(const Aes256&) = delete;
  Aes256& operator=(const Aes256&) = delete;
  void reset();  // back to the start of the chain, same key and IV
  // in.size() is a multiple of kAesBlock and out.size() >= in.size(); may work in place.
  void process(Bytes in, MutableBytes out);

 private:
  CipherState state_;
  Secret<16> iv_;
};

}  // namespace updraft::crypto
