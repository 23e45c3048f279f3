// What a product keeps over the replacement of a partition: a store (sparse_store.hpp) right below
// that of the new content. Its digest is of that content's digest and of what is kept, so it
// belongs to this content and no other; no record of its own is needed.
#pragma once
#include <optional>

#include "engine/parts/part_events.hpp"
#include "engine/parts/sparse_store.hpp"

namespace updraft::parts {

// Where it would stand, below a store that begins at `low`; nullopt: there is no room.
std::optional<std::uint32_t> kept_head(std::uint32_t low);

// Opens what is kept for the content with this digest; false: nothing is. Error: flash.
Result<bool> open_kept(Flash& area, std::uint32_t low, const crypto::Sha256Digest& content,
                       crypto::Sha256& hash, StoreReader& kept);
// It was handed back. Error: flash.
Result<> forget_kept(Flash& area, std::uint32_t low);

}  // namespace updraft::parts
