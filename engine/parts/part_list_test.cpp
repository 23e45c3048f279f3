// The list of targets, from the entries of a table; and as the status document names it.
#include "engine/parts/part_list.hpp"

#include <gtest/gtest.h>

#include "engine/parts/target_text.hpp"
#include "tests/fakes/ram_flash.hpp"

namespace updraft::parts {
namespace {

using format::Partition;
using format::PartitionType;

constexpr std::uint8_t kLittlefs = 0x83;

Partition a_part(std::string_view label, std::uint32_t size = 0x8000,
                 std::uint8_t subtype = kLittlefs) {
  return {.type = PartitionType::data,
          .subtype = subtype,
          .offset = 0x10000,
          .size = size,
          .label = Text<format::kPartitionLabelBytes>(label)};
}

class PartListTest : public testing::Test, public Targets {
 protected:
  void add(const Partition& entry) { list.add(entry, &flash); }
  std::string names() const {
    std::string all;
    for (const Part& part : list.parts()) {
      all +=
          std::string(part.label.view()) + (part.is_pair() ? "=" : "") + (part.target ? " " : "! ");
    }
    return all;
  }
  std::string text(std::size_t room = kTargetTextBytes) const {
    std::vector<std::byte> out(room);
    const std::size_t size = TargetText(*this).write(out);
    return {reinterpret_cast<const char*>(out.data()), size};
  }
  Result<std::uint8_t> find_target(std::string_view name) const override {
    return parts::find_target(list.parts(), name);
  }
  std::span<const Part> parts() const override { return list.parts(); }
  bool goes_in_place(const Part& part) const override { return part.in_place; }

  fakes::RamFlash flash{0x8000};
  PartList list;
};

TEST_F(PartListTest, APairIsTwoNeighboursOfATable) {
  add(a_part("web_0"));
  add(a_part("web_1"));
  add(a_part("maps_0"));
  list.add({.type = PartitionType::app, .offset = 0, .size = 0x1000, .label = {}}, nullptr);
  add(a_part("maps_1"));
  add(a_part("ui_0"));
  add(a_part("ui_1", 0x4000));
  EXPECT_EQ(names(), "web= maps_0 maps_1 ui_0 ui_1 ");
}

TEST_F(PartListTest, ThreeOfANameAreAPairAndOne) {
  add(a_part("web_0"));
  add(a_part("web_1"));
  add(a_part("web_1"));
  EXPECT_EQ(names(), "web= web_1 ");
}

TEST_F(PartListTest, WhatIsNoMultipleOfASectorIsLeftOutAndStagingIsNoTarget) {
  add(a_part("odd", 0x8001));
  add(a_part("none", 0));
  add(a_part("staging"));
  add(a_part("nvs", 0x8000, format::kDataNvs));
  EXPECT_EQ(names(), "staging! nvs! ");
  EXPECT_EQ(list.staging(), &flash);
}

TEST_F(PartListTest, WhatIsTooManyIsLeftOutButTheSecondOfAPairIsNot) {
  for (std::size_t i = 1; i < kTargets; ++i) add(a_part("p" + std::to_string(i)));
  add(a_part("web_0"));
  add(a_part("web_1"));
  add(a_part("more"));
  ASSERT_EQ(list.parts().size(), kTargets);
  EXPECT_TRUE(list.parts().back().is_pair());
}

TEST_F(PartListTest, IsTextOfTheStatus) {
  EXPECT_EQ(text(), R"("targets":[])");
  add(a_part("web"));
  add(a_part("nvs", 0x8000, format::kDataNvs));
  add(a_part("ui_0"));
  add(a_part("ui_1"));
  add(a_part("maps", 0x8000, 0x82));
  list.parts().back().in_place = true;
  EXPECT_EQ(text(),
            R"("targets":[{"name":"fs:web","format":"littlefs","bytes":32768,"way":"staged"},)"
            R"({"name":"fs:ui","format":"littlefs","bytes":32768,"way":"pair"},)"
            R"({"name":"fs:maps","format":"spiffs","bytes":32768,"way":"in_place"}])");
  for (std::size_t room = 0; room < text().size(); ++room) EXPECT_EQ(text(room), "") << room;
}

TEST_F(PartListTest, FitsTheRoomThatIsLeftForIt) {
  for (std::size_t i = 0; i < kTargets; ++i) {
    add(a_part("a-label-so-long" + std::to_string(i)));
    list.parts().back().in_place = true;
  }
  EXPECT_LE(text().size(), kTargetTextBytes);
  EXPECT_NE(text(), "");
}

}  // namespace
}  // namespace updraft::parts
