#include "bench/parts/large_image.hpp"

#include "engine/format/image.hpp"
#include "sim/demo_image.hpp"

namespace updraft::bench {

std::vector<std::byte> make_large_image() {
  constexpr std::uint32_t kSegment = 15u << 20;
  constexpr std::uint32_t kPassedOver = 0;             // padding: it has no place in memory
  std::vector<std::byte> image = sim::make_image({});  // its header and descriptor serve as ours
  image.resize(format::kAppDescriptorOffset + format::kAppDescriptorBytes);
  image[1] = std::byte{format::kMaxSegments};
  for (std::size_t i = 1; i < format::kMaxSegments; ++i) {
    const std::size_t at = image.size();
    image.resize(at + format::kSegmentHeaderBytes + kSegment, static_cast<std::byte>(i * 37));
    store_le32(image, at, kPassedOver);
    store_le32(image, at + 4, kSegment);
  }
  image.resize(format::checksum_end(image.size()) + format::kHashBytes);
  sim::reseal_image(image);
  return image;
}

}  // namespace updraft::bench
