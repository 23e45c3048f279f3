// TEST ONLY: crypto in plain C++, for the proof on 32 bits, where neither OpenSSL nor PSA is at
// hand. Right by the vectors that proof.cpp checks; neither fast nor safe against side channels.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace updraft::crypto {
struct HashState {
  std::array<std::uint32_t, 8> h;
  std::array<std::byte, 64> block;
  std::uint64_t size;  // bytes so far
};
struct CipherState {
  std::array<std::uint32_t, 60> round_keys;
  std::array<std::byte, 16> chain;
  bool cbc;
  bool encrypting;
};
struct AeadState {};  // nothing that is linked opens a pre-encrypted image
}  // namespace updraft::crypto
