// The WebSocket handshake's two computed fields (RFC 6455 section 4).
#pragma once
#include <string>
#include <string_view>

#include "engine/crypto/random.hpp"

namespace updraft::linux_port {

// Sec-WebSocket-Accept for a client's Sec-WebSocket-Key.
std::string ws_accept(std::string_view key);

std::string ws_key(crypto::RandomSource random = &crypto::random_bytes);

}  // namespace updraft::linux_port
