// What the parts of signing have in common: their memory, what the device is, and looks at flash.
#pragma once
#include <array>
#include <optional>

#include "updraft/boot_control.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/suit/chunk_index.hpp"

namespace updraft {

// Memory to work in, given by the owner of a SignedUpdates; one part of it is a page of the index,
// one a chunk of the transfer. While a head is judged they hold the head and the KeySet.
struct SigningRoom {
  alignas(4) std::array<std::byte, suit::kPageBytes> page;
  alignas(4) std::array<std::byte, suit::kChunkBytes> chunk;
};

// For which product packages must be (spec/suit.md section 2); what is empty is not asked for.
struct SignedProduct {
  Bytes vendor, class_id;  // suit::kIdBytes each
};

// SHA-256 of the first bytes of a slot, read by way of `sector`. nullopt: they cannot be read.
std::optional<crypto::Sha256Digest> hash_of(Flash& slot, std::uint32_t bytes, MutableBytes sector);

// Whether flash holds these bytes there; false where it cannot be read.
bool reads_as(Flash& flash, std::uint32_t at, Bytes wanted);

}  // namespace updraft
