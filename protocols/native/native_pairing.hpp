// How a sender and a device know each other: one secret, made by the device and carried to the
// sender by a person, as one line of text (spec/protocols/native.md 1.1 and 1.4).
//
//   updraft-pair:1:a0b1c2d3e4f5:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8
//
// TLS never sees the secret: its key is derived from it, for this device.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "updraft/bytes.hpp"

#include "engine/crypto/secret.hpp"

namespace updraft::link {

inline constexpr std::size_t kNativeIdBytes = 64;  // of a device's id, at most
inline constexpr std::size_t kPairingTextBytes = 15 + kNativeIdBytes + 1 + 43;
inline constexpr std::size_t kIdentityBytes = 9 + kNativeIdBytes;

using PairingSecret = crypto::Secret<32>;

struct Pairing {
  Text<kNativeIdBytes> id;
  PairingSecret secret;
};

// 1 to 64 of A-Z, a-z, 0-9, dot, underscore and hyphen.
bool is_native_id(std::string_view text);

// nullopt: no such line; blanks around it are left out.
std::optional<Pairing> parse_pairing(std::string_view text);
// The line, in `room` of kPairingTextBytes.
std::string_view pairing_text(const Pairing& pairing, std::span<char> room);

// What TLS gets: the identity, in `room` of kIdentityBytes, and the key.
std::string_view native_identity(std::string_view id, std::span<char> room);
crypto::Secret<32> native_key(const Pairing& pairing);

}  // namespace updraft::link
