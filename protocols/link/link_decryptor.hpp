// Decrypts a stream that arrives in pieces of any size.
//
//   while (true) {
//     const Bytes plain = decryptor.next(rx);
//     if (plain.empty()) break;  // rx is used up; up to 15 bytes wait for the rest of their block
//     ... use plain ...
//   }
//
// All connections that feed one Intake may share one: only the one that owns the update session
// decrypts, and it starts with reset().
#pragma once
#include <array>

#include "updraft/bytes.hpp"

#include "engine/crypto/aes.hpp"
#include "protocols/link/link_cipher.hpp"
#include "protocols/link/stream_decryptor.hpp"

namespace updraft::link {

inline constexpr std::size_t kLinkPlainBytes = 1024;  // decrypted in one step

class LinkDecryptor final : public StreamDecryptor {
 public:
  explicit LinkDecryptor(const LinkCipher& cipher);
  void reset() override;  // back to the first IV
  Bytes next(Bytes& rx) override;

 private:
  bool complete_block(Bytes& rx);

  crypto::Aes256 aes_;
  std::array<std::byte, crypto::kAesBlock> block_{};  // a block that has not arrived whole
  std::size_t waiting_ = 0;                           // bytes of block_ so far
  std::array<std::byte, kLinkPlainBytes> plain_{};
};

}  // namespace updraft::link
