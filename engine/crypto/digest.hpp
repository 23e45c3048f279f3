// SHA-256, by the backend that CMake chooses (UPDRAFT_CRYPTO): OpenSSL's EVP
// on Linux, Mbed TLS or PSA on the chip; `updraft_crypto_backend.hpp` is the backend's own header
// and holds its state type.
//
// A hasher takes what it needs when it is constructed; update(), finish() and reset() allocate
// nothing. Not thread-safe, not copyable.
#pragma once
#include <array>

#include "updraft/bytes.hpp"

#include "updraft_crypto_backend.hpp"

namespace updraft::crypto {

using Sha256Digest = std::array<std::byte, 32>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void reset();              // forget everything and start over
  void update(Bytes bytes);  // any length, also 0
  Sha256Digest finish();     // once; then reset() before the next use

 private:
  HashState state_;
};

Sha256Digest sha256(Bytes bytes);

}  // namespace updraft::crypto
