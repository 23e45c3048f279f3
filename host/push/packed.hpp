// Packing on a desk what a device unpacks.
#pragma once
#include <vector>

#include "updraft/bytes.hpp"

namespace updraft::host {

// `window_bits` as zlib counts them: 9 to 15 a zlib stream that looks back so far, 16 more gzip.
// Empty: zlib cannot.
std::vector<std::byte> packed(Bytes plain, int window_bits);

inline constexpr int kWholeWindow = 15, kGzip = 16;

}  // namespace updraft::host
