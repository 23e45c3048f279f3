#include "host/layout/try_device.hpp"

#include <gtest/gtest.h>

#include "engine/format/partition_csv.hpp"

namespace updraft::layout {
namespace {

format::PartitionTable small_table() {
  return *format::parse_partition_csv(
      "otadata, data, ota, 0x9000, 0x2000\nota_0, app, ota_0, 0x10000, 64K\n"
      "rescue, app, factory, 0x20000, 64K\nupdraft, data, undefined, 0x30000, 0x8000\n");
}
const TryOptions kSmallImages{.image_bytes = 4096};

TEST(TryTest, ARescueAppIsWorthItsPlace) {
  const Tally tally = cut_everywhere(small_table(), kSmallImages, update_story());
  EXPECT_GT(tally.cuts, 100u);
  EXPECT_EQ(tally.finished, tally.cuts) << tally_text(tally);
  EXPECT_EQ(tally.dead, 0u);
}

// What a device without a rescue app would have to do: write the slot that it runs from. The device
// must find that this kills it.
TEST(TryTest, SwappingTheAppWithItselfIsCountedAsDead) {
  const auto table = *format::parse_partition_csv(
      "otadata, data, ota, 0x9000, 0x2000\nota_0, app, ota_0, 0x10000, 64K\n");
  const Story in_place{[](TryDevice& device) {
                         if (device.running() == "3.0.0") return;
                         device.stage = "in place";
                         FlashWindow slot(device.flash(), 0x10000, 0x10000);
                         const Bytes image = device.image_of("3.0.0");
                         if (!slot.erase(0, 0x10000) || !program_pages(slot, 0, image)) return;
                         device.stage = "restart";
                         (void)device.power_on();
                       },
                       "3.0.0"};
  const Tally tally = cut_everywhere(table, kSmallImages, in_place);
  EXPECT_EQ(tally.cuts, 4u * 17u) << "one erase and 16 pages, in four kinds";
  EXPECT_GT(tally.dead, 4u * 15u);
  EXPECT_EQ(tally.cuts, tally.finished + tally.dead + tally.stuck) << "none is left out";
  EXPECT_NE(tally_text(tally).find("dead, all in \"in place\""), std::string::npos)
      << tally_text(tally);
}

TEST(TryTest, ATableFromWhichNothingBootsSaysSo) {
  const auto table = *format::parse_partition_csv("ota_1, app, ota_1, 0x10000, 64K\n");
  EXPECT_THROW((void)cut_everywhere(table, kSmallImages, update_story()), std::runtime_error);
}

TEST(TryTest, OneSlotAloneHasNothingToTry) {
  const auto table = *format::parse_partition_csv(
      "otadata, data, ota, 0x9000, 0x2000\nota_0, app, ota_0, 0x10000, 64K\n");
  EXPECT_EQ(cut_everywhere(table, kSmallImages, update_story()).cuts, 0u);
}

}  // namespace
}  // namespace updraft::layout
