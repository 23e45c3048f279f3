// An image in memory, read as the codec reads a base.
#pragma once
#include "updraft/bytes.hpp"

#include "engine/delta/base_reader.hpp"

namespace updraft::diff {

struct ImageBytes {
  Bytes image;
  std::uint32_t size() const { return static_cast<std::uint32_t>(image.size()); }
  std::uint32_t base_bytes(std::uint32_t at, std::uint32_t count) const {
    if (count == 4 && at + std::size_t{4} <= image.size()) return load_le32(image, at);
    std::uint32_t value = 0;
    for (std::uint32_t i = 0; i < count && at + i < image.size(); ++i) {
      value |= std::uint32_t{load_u8(image, at + i)} << 8 * i;
    }
    return value;
  }
};
static_assert(delta::BaseReader<ImageBytes>);

}  // namespace updraft::diff
