#include "host/dump/memory.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/nvs_image.hpp"
#include "tests/fakes/ram_flash.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::dump {
namespace {

// Two sectors that remember a KeySet, a release that is installed and one that waits.
struct Remembering {
  Remembering() {
    std::vector<std::byte> sector(kFlashSector);
    SigningMemory memory(flash);
    memory.open(sector);
    EXPECT_TRUE(memory.replace_key_set(key_set, sector).has_value());
    EXPECT_TRUE(memory.install({.sequence = 7, .image_bytes = 1000}, sector).has_value());
    EXPECT_TRUE(memory.wait_for({.sequence = 8, .image_bytes = 2000}, sector).has_value());
  }
  void expect_in(const std::optional<SigningReading>& reading) const {
    ASSERT_TRUE(reading.has_value());
    EXPECT_FALSE(reading->newer);
    EXPECT_EQ(reading->key_set, key_set);
    EXPECT_EQ(reading->installed.value_or(Release{}).sequence, 7u);
    EXPECT_EQ(reading->pending.value_or(Release{}).sequence, 8u);
  }
  const std::vector<std::byte> key_set = golden::bytes("suit/k01-keyset-1");
  fakes::RamFlash flash{2 * kFlashSector, std::byte{0xFF}};
};

TEST(Memory, ShowsWhatStandsAtTheEndOfThePartition) {
  const Remembering device;
  fakes::RamFlash partition(8 * kFlashSector, std::byte{0xFF});
  EXPECT_FALSE(read_memory(partition, {}).signing.has_value());
  std::ranges::copy(device.flash.bytes, partition.bytes.end() - 2 * kFlashSector);
  device.expect_in(read_memory(partition, {}).signing);
}

TEST(Memory, ShowsWhatNvsRemembersInItsPlace) {
  const Remembering device;
  fakes::NvsImage image(5);
  EXPECT_FALSE(signing_in(read_nvs(image.bytes())).has_value());
  const std::uint8_t space = image.space("updraft");
  const auto add = [&](const char* key, std::size_t page) {
    image.blob(space, key, Bytes(device.flash.bytes).subspan(page * kFlashPage, kFlashPage));
  };
  image.blob(space, "sff", Bytes(device.flash.bytes).first(10));  // nothing that is ours
  image.blob(space, "s0x", Bytes(device.flash.bytes).first(10));
  constexpr const char* kKeys[] = {"s00", "s01", "s02", "s03", "s04", "s05"};
  for (std::size_t page = 0; page < std::size(kKeys); ++page) add(kKeys[page], page);
  device.expect_in(signing_in(read_nvs(image.bytes())));
}

}  // namespace
}  // namespace updraft::dump
