#include "host/dump/memory.hpp"

#include <gtest/gtest.h>

#include "engine/parts/binding_store.hpp"
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
    EXPECT_TRUE(memory.raise_not_before(1'790'000'000, sector).has_value());
  }
  void expect_in(const std::optional<SigningReading>& reading) const {
    ASSERT_TRUE(reading.has_value());
    EXPECT_FALSE(reading->newer);
    EXPECT_EQ(reading->key_set, key_set);
    EXPECT_EQ(reading->installed.value_or(Release{}).sequence, 7u);
    EXPECT_EQ(reading->pending.value_or(Release{}).sequence, 8u);
    EXPECT_EQ(reading->not_before, 1'790'000'000u);
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
  constexpr const char* kKeys[] = {"s00", "s01", "s02", "s03", "s04", "s05", "s06"};
  for (std::size_t page = 0; page < std::size(kKeys); ++page) add(kKeys[page], page);
  device.expect_in(signing_in(read_nvs(image.bytes())));
}

TEST(Memory, ShowsWhichDataBelongsToWhichApp) {
  fakes::RamFlash partition(10 * kFlashSector, std::byte{0xFF});
  EXPECT_TRUE(read_memory(partition, {}).bound.empty());
  parts::BindingStore store(partition, 6 * kFlashSector);
  parts::BoundApp& app = store.record.apps[0];
  app.app.fill(std::byte{1});
  app.slot = 1;
  parts::Binding& web = *app.bind("web");
  web.generation = 2;
  web.where = parts::WhereKept::staged;
  web.size = 4096;
  ASSERT_TRUE(store.record.set_held({web.label, 1, parts::Content::whole}).has_value());
  ASSERT_TRUE(store.write().has_value());
  MemoryReading reading = read_memory(partition, {});
  ASSERT_EQ(reading.bound.size(), 1u);
  EXPECT_EQ(reading.bound[0].slot, 1);
  ASSERT_EQ(reading.bound[0].data.size(), 1u);
  EXPECT_EQ(reading.bound[0].data[0].label, "web");
  EXPECT_EQ(reading.bound[0].data[0].state, "staged");
  ASSERT_TRUE(store.record.set_held({web.label, 2, parts::Content::whole}).has_value());
  ASSERT_TRUE(store.write().has_value());  // in the other sector
  reading = read_memory(partition, {});
  EXPECT_EQ(reading.bound[0].data[0].state, "ready");
}

}  // namespace
}  // namespace updraft::dump
