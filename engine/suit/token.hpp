// A freshness token: a server's signed answer to a device's question, whether somebody keeps the
// newest release from it. Never needed to install. spec/suit.md section 8.
#pragma once
#include "engine/suit/key_set.hpp"

namespace updraft::suit {

inline constexpr std::size_t kMaxTokenBytes = 512;  // with room for the longest device id
inline constexpr std::size_t kMaxDeviceIdBytes =
    64;  // names that products give; MAC addresses have 12

// Views into the bytes that were read.
struct Token {
  SignatureBlock signature;
  Bytes payload;  // what is signed
  std::string_view device_id;
  Bytes nonce;
  std::uint64_t now = 0;  // Unix time in seconds
  Bytes class_id;
  std::uint64_t newest_sequence = 0;
  Bytes newest_manifest;
  std::uint64_t newest_key_set = 0;
};

// All but what the signature says. Errors: envelope_too_large, malformed, alg_unsupported.
Result<Token> read_token(Bytes bytes);

// Whether it answers this device's own question. Errors: signature_invalid, key_unknown,
// nonce_mismatch.
Result<> check_token(const Token& token, const KeySet& keys, std::string_view device_id,
                     Bytes nonce);

void write_token_payload(CborWriter& out, const Token& token);
// All of it, with its payload as it stands there.
void write_token(CborWriter& out, const Token& token);

}  // namespace updraft::suit
