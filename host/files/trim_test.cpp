#include "host/files/trim.hpp"

#include <gtest/gtest.h>

#include "sim/demo_image.hpp"

namespace updraft::files {
namespace {

std::vector<std::byte> padded(std::vector<std::byte> image, std::size_t size, std::byte with) {
  image.resize(size, with);
  return image;
}

TEST(WithoutPadding, IsTheImageWhateverItIsFilledWith) {
  for (const bool hash : {true, false}) {
    const auto image = sim::make_image({.size = 4096, .append_hash = hash});
    EXPECT_EQ(without_padding(image).size(), image.size());
    for (const std::byte with : {std::byte{0xFF}, std::byte{0}}) {
      for (const std::size_t more : {1, 16, 4096, 1 << 20}) {
        EXPECT_EQ(without_padding(padded(image, image.size() + more, with)).size(), image.size());
      }
    }
    auto mixed = padded(image, image.size() + 100, std::byte{0xFF});
    EXPECT_EQ(without_padding(padded(mixed, 1 << 20, std::byte{0})).size(), image.size());
  }
}

TEST(WithoutPadding, KeepsASignatureSector) {
  auto file = padded(sim::make_image({.size = 5008}), 8192, std::byte{0xFF});
  file.push_back(std::byte{0xE7});
  file.resize(12288, std::byte{0xFF});
  EXPECT_EQ(without_padding(file).size(), 12288u);
  EXPECT_EQ(without_padding(padded(file, 1 << 20, std::byte{0xFF})).size(), 12288u);
}

TEST(WithoutPadding, LeavesEverythingElse) {
  const auto image = sim::make_image({.size = 4096});
  auto followed = padded(image, 70'000, std::byte{0xFF});
  followed.back() = std::byte{7};
  EXPECT_EQ(without_padding(followed).size(), followed.size());
  auto damaged = padded(image, 70'000, std::byte{0xFF});
  damaged[700] ^= std::byte{1};
  EXPECT_EQ(without_padding(damaged).size(), damaged.size());
  const std::vector<std::byte> junk(5000);
  EXPECT_EQ(without_padding(junk).size(), junk.size());
  EXPECT_EQ(without_padding({}).size(), 0u);
}

}  // namespace
}  // namespace updraft::files
