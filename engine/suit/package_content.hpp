// The transfers of a package that is in memory as a whole: rows 13 and 14 of spec/suit.md
// section 5. What comes over a link is checked with the same ChunkIndex, part by part.
#pragma once
#include "engine/suit/package.hpp"

namespace updraft::suit {

// That the integrated payloads are sound, up to the last byte. malformed.
Result<> check_payloads(Bytes package, const Members& members);

// The integrated payload of that name. payload_missing; malformed.
Result<Bytes> find_payload(Bytes package, const Members& members, std::string_view name);

// Every page and every chunk; nothing where the component has no index. Errors: size_mismatch,
// index_mismatch, chunk_mismatch.
Result<> check_transfer(const Component& component, Bytes transfer, Bytes index);

// The image as it is installed. Errors: size_mismatch, too_big, image_mismatch.
Result<> check_image(const Component& component, Bytes image);

}  // namespace updraft::suit
