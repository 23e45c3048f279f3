// What a compressed file holds.
#pragma once
#include <vector>

#include "updraft/result.hpp"

#include "engine/suit/chunk_index.hpp"

namespace updraft::host {

// The largest image: what the pages of an index reach. No slot of any chip is larger.
inline constexpr std::uint64_t kMostImage =
    std::uint64_t{suit::kMaxPages} * suit::kLeavesOnPage * suit::kChunkBytes;  // 16 MiB

// gzip or zlib. Errors: those of InflateStage; too_big above `most`.
Result<std::vector<std::byte>> unpacked(Bytes file, std::uint64_t most = kMostImage);

}  // namespace updraft::host
