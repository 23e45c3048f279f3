// Patches made and applied: images and anything else. Real firmware: firmware_test.cpp.
#include "host/delta/diff.hpp"

#include <random>

#include <gtest/gtest.h>

#include "sim/demo_image.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::diff {
namespace {

using Buffer = std::vector<std::byte>;

Buffer noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Buffer bytes(size);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random() & 255);
  return bytes;
}

void expect_pair(const Buffer& old_image, const Buffer& new_image, bool image,
                 std::uint32_t restart = 0) {
  const Patch patch = make_patch(old_image, new_image, {.restart = restart, .progress = {}});
  EXPECT_EQ(patch.header.image, image);
  const auto made = apply_patch(old_image, patch.bytes);
  ASSERT_TRUE(made) << name(made.error().code);
  EXPECT_EQ(*made, new_image);
}

TEST(Diff, AnythingBecomesAnything) {
  const Buffer a = noise(5000, 1);
  Buffer b = a;
  b.insert(b.begin() + 1000, 77, std::byte{7});
  const Buffer one(1, std::byte{9}), zeros(70'000);
  for (const Buffer& from : {Buffer{}, one, a, b, zeros}) {
    for (const Buffer& to : {one, a, b, zeros}) expect_pair(from, to, false);
  }
}

TEST(Diff, TheSamePairGivesTheSamePatch) {
  const Buffer a = sim::make_image({.size = 60'000}),
               b = sim::make_image({.version = "2", .size = 64'000});
  EXPECT_EQ(make_patch(a, b).bytes, make_patch(a, b).bytes);
}

TEST(Diff, SamplesOfTheFormatAreMadeAsImages) {
  for (const std::string name : {"delta_esp32c3", "delta_esp32"}) {
    const Buffer base = golden::bytes(name + "_base"), target = golden::bytes(name + "_target");
    expect_pair(base, target, true);
    expect_pair(target, base, true);
    expect_pair(base, base, true);
  }
}

TEST(Diff, ImagesThatDoNotReproduceArePlain) {
  const Buffer good = sim::make_image({.size = 20'000});
  Buffer bad_checksum = good;
  bad_checksum[5000] ^= std::byte{1};
  Buffer other_chip = good;
  other_chip[12] = std::byte{9};
  sim::reseal_image(other_chip);
  Buffer unknown_chip = good;
  unknown_chip[12] = std::byte{99};
  expect_pair(good, bad_checksum, false);
  expect_pair(good, other_chip, false);
  expect_pair(good, unknown_chip, false);
  expect_pair(bad_checksum, good, true);
  Buffer signed_image = good;
  signed_image.resize(32 * 1024, std::byte{0xFF});
  const Buffer signature = noise(1216, 3);
  std::ranges::copy(signature, signed_image.begin() + 28 * 1024);
  expect_pair(good, signed_image, true);
  expect_pair(signed_image, good, true);
}

TEST(Diff, RestartPointsStandWhereTheyWereAskedFor) {
  const Buffer a = sim::make_image({.size = 400'000});
  Buffer b = sim::make_image({.version = "2", .size = 500'000});
  expect_pair(a, b, true, 64 * 1024);
  expect_pair(a, b, true, 16 * 1024 * 1024);
  expect_pair(noise(100'000, 1), noise(200'000, 1), false, 64 * 1024);
}

// Functions without ENTRY: the encoder sees it, says so, and their literals are pointers.
TEST(Diff, CodeWithoutWindowsIsSaidToBeSuch) {
  const Buffer base = golden::bytes("delta_call0_base");
  const Buffer target = golden::bytes("delta_call0_target");
  const Patch patch = make_patch(base, target);
  EXPECT_TRUE(patch.header.call0);
  EXPECT_LE(patch.bytes.size(), golden::bytes("delta_call0_patch").size());
  const Buffer windowed = golden::bytes("delta_esp32_base");
  EXPECT_FALSE(make_patch(windowed, golden::bytes("delta_esp32_target")).header.call0);
}

}  // namespace
}  // namespace updraft::diff
