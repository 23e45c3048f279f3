// CRC-32, reflected polynomial 0xEDB88320, as zlib computes it: crc32(b) of "123456789" is
// CBF43926.
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"

namespace updraft::format {

// `crc` is what an earlier call returned, to go on; 0 to start. By nibbles: a table of 64 bytes.
std::uint32_t crc32(Bytes bytes, std::uint32_t crc = 0);

// A record of at least 4 bytes whose last 4 are the CRC-32 of all before, little-endian.
bool ends_in_crc(Bytes record);
void end_in_crc(MutableBytes record);

}  // namespace updraft::format
