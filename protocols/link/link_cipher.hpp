// The optional encryption of a bare stream of bytes, as esp32-ota has it: raw TCP, UART, card and
// MQTT. One key (and IV), shared by both ends. The twin of protocols/raw/SPEC.md section 4, both
// eras.
//
//   ecb  key: 1 to 32 characters, filled up with zeros to 32 bytes; more are cut off, as in the
//        original. No IV.
//   cbc  key: exactly 32 characters; IV: exactly 16. Each transfer starts from this IV.
//
// In both modes exactly 64 hex digits are a key of 32 raw bytes, and exactly 32 hex digits an IV of
// 16 raw bytes: keys can then hold any byte. "text:" or "hex:" in front says which one it is.
//
// It hides; it proves nothing about the sender (security.md rule 2).
#pragma once
#include <cstdint>
#include <string_view>

#include "updraft/result.hpp"

#include "engine/crypto/aes.hpp"
#include "engine/crypto/secret.hpp"

namespace updraft::link {

inline constexpr std::size_t kLinkKeyBytes = 32;
inline constexpr std::size_t kLinkIvBytes = 16;

struct LinkCipher {
  crypto::AesMode mode = crypto::AesMode::cbc;
  crypto::Secret<kLinkKeyBytes> key;
  crypto::Secret<kLinkIvBytes> iv;  // zeros with ecb
  bool key_cut = false;             // ecb: the text was longer than 32; worth a warning
};

// Reads key and IV as a user types them. The only error is wrong_key, with the lengths in bytes:
// `expected` is 32 if the key is wrong, 16 if the IV is, and 0 if an IV was given to a
// mode that has none. A key that does not fit is never taken for "no encryption".
Result<LinkCipher> link_cipher(crypto::AesMode mode, std::string_view key,
                               std::string_view iv = {});

}  // namespace updraft::link
