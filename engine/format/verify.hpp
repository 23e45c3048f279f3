// Walks an image with ImageVerifier in one call.
#pragma once
#include <algorithm>

#include "engine/format/image_verifier.hpp"

namespace updraft::format {

inline constexpr std::size_t kWhole = SIZE_MAX;

// Feeds pieces of `piece` bytes; the first error ends it.
inline Result<ImageInfo> verify(Bytes image, const ImageExpectation& expectation = {},
                                std::size_t piece = kWhole) {
  ImageVerifier verifier(expectation);
  while (!image.empty()) {
    const Bytes part = image.first(std::min(piece, image.size()));
    UPDRAFT_TRY(verifier.push(part));
    image = image.subspan(part.size());
  }
  UPDRAFT_TRY(verifier.finish());
  return verifier.info();
}

}  // namespace updraft::format
