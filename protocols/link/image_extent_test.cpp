// The end of an image, found while it passes.
#include "protocols/link/image_extent.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "sim/demo_image.hpp"

namespace updraft::link {
namespace {

using Image = std::vector<std::byte>;

Image with_lengths(std::uint8_t segments, std::uint32_t length) {
  Image image(24 + 8, std::byte{0});
  image[0] = std::byte{0xE9};
  image[1] = std::byte{segments};
  store_le32(image, 28, length);
  return image;
}

TEST(ImageExtent, IsTheLastByteOfARealImageAndNoneBefore) {
  for (const std::size_t size : {4096, 10'000, 65'536, 70'001}) {
    const Image image = sim::make_image({.version = "2.0.0", .size = size});
    for (const std::size_t chunk :
         {std::size_t{1}, std::size_t{7}, std::size_t{1460}, image.size()}) {
      ImageExtent extent;
      const Bytes all_but_one = Bytes(image).first(image.size() - 1);
      for (Bytes rest = all_but_one; !rest.empty();
           rest = rest.subspan(at_most(rest, chunk).size())) {
        extent.add(at_most(rest, chunk));
        ASSERT_FALSE(extent.reached()) << size << " in pieces of " << chunk;
      }
      extent.add(Bytes(image).last(1));
      EXPECT_TRUE(extent.reached()) << size << " in pieces of " << chunk;
      extent.add(image);
      EXPECT_TRUE(extent.reached()) << "what follows changes nothing";
    }
  }
}

TEST(ImageExtent, OfWhatIsNoImageIsNeverReached) {
  for (const int first : {0x00, 0x1f, 0x3c, 0xd8, 0xff}) {
    ImageExtent extent;
    Image bytes(100'000, static_cast<std::byte>(first));
    extent.add(bytes);
    EXPECT_FALSE(extent.reached());
  }
  EXPECT_FALSE(ImageExtent().reached());
}

TEST(ImageExtent, LengthsThatLieEndNothing) {
  ImageExtent extent;
  extent.add(with_lengths(1, 0xFFFF'FFFF));
  extent.add(Image(1 << 20));
  EXPECT_FALSE(extent.reached());
  ImageExtent many;  // each head claims the most: the next one is beyond 4 GiB
  many.add(with_lengths(255, 0xFFFF'FFF8));
  many.add(Image(1 << 20));
  EXPECT_FALSE(many.reached());
}

}  // namespace
}  // namespace updraft::link
