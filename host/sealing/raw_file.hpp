// Files encrypted with AES as raw:// carries them.
#pragma once
#include <vector>

#include "updraft/bytes.hpp"

#include "protocols/link/link_cipher.hpp"

namespace updraft::host {

// What a sender of raw TCP puts on the wire: whole blocks of 16 bytes.
std::vector<std::byte> encrypt_raw(Bytes content, const link::LinkCipher& cipher);

// What a device makes of it; a wrong key shows in the content alone. The file is whole blocks.
std::vector<std::byte> decrypt_raw(Bytes file, const link::LinkCipher& cipher);

}  // namespace updraft::host
