// Reading an image back: the whole walk over a slot, and a cheap way to find out which image it is.
#pragma once
#include "updraft/flash.hpp"

#include "engine/format/image_verifier.hpp"

namespace updraft::format {

// Walks the image at the start of `flash` and judges it as ImageVerifier does, reading at most
// `scratch.size()` bytes (at least 32) at a time. Reads the image, not the rest of the slot.
// Errors: those of ImageVerifier; flash.
Result<ImageInfo> verify_image(Flash& flash, const ImageExpectation& expectation,
                               ImageVerifier& verifier, MutableBytes scratch);

// Digest of the image at the start of `flash` without reading it whole: follows the segment headers
// to the appended SHA-256 without checking it. It answers "which image is this", never "is it
// sound".
// Errors: not_an_image, malformed, too_big, bad_hash (no hash appended), flash.
Result<crypto::Sha256Digest> appended_digest(Flash& flash);

// Whether an app descriptor stands where that of an image at the start of `flash` would be.
bool has_descriptor(Flash& flash);

}  // namespace updraft::format
