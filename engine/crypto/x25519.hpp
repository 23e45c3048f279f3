// X25519 (RFC 7748): two sides agree on a secret. Only ESPHome's Noise mode asks for it; not linked
// where nobody does. Mbed TLS and PSA take memory from the heap while a call lasts.
#pragma once
#include <array>
#include <optional>

#include "updraft/bytes.hpp"

#include "engine/crypto/secret.hpp"

namespace updraft::crypto {

inline constexpr std::size_t kX25519Bytes = 32;
using X25519Point = std::array<std::byte, kX25519Bytes>;

inline constexpr X25519Point kX25519Base = {std::byte{9}};

// Of any 32 bytes as `mine`: the bits that the RFC fixes are set here. nullopt: there is no secret
// in that point (it is of small order, or not of kX25519Bytes), or no memory.
std::optional<Secret<32>> x25519(const Secret<32>& mine, Bytes theirs);

}  // namespace updraft::crypto
