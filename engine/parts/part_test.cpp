#include "engine/parts/part.hpp"

#include <gtest/gtest.h>

namespace updraft::parts {
namespace {

using format::Partition;
using format::PartitionType;

Partition entry(PartitionType type, std::uint8_t subtype, std::string_view label,
                std::uint32_t flags = 0) {
  return {type, subtype, 0x100000, 0x10000, Text<16>(label), flags};
}

struct TargetRow {
  const char* name;
  Partition partition;
  bool may;
};

class MayBeTarget : public testing::TestWithParam<TargetRow> {};

TEST_P(MayBeTarget, OnlyWhatHoldsAProductsData) {
  EXPECT_EQ(may_be_target(GetParam().partition), GetParam().may);
}

INSTANTIATE_TEST_SUITE_P(
    Partitions, MayBeTarget,
    testing::Values(
        TargetRow{"spiffs", entry(PartitionType::data, 0x82, "spiffs"), true},
        TargetRow{"littlefs", entry(PartitionType::data, 0x83, "web"), true},
        TargetRow{"nvs_of_the_factory", entry(PartitionType::data, 2, "nvs_factory"), true},
        TargetRow{"own_type", entry(PartitionType{0x40}, 1, "certs"), true},
        TargetRow{"live_nvs", entry(PartitionType::data, 2, "nvs"), false},
        TargetRow{"otadata", entry(PartitionType::data, 0, "otadata"), false},
        TargetRow{"phy", entry(PartitionType::data, 1, "phy_init"), false},
        TargetRow{"coredump", entry(PartitionType::data, 3, "core"), false},
        TargetRow{"nvs_keys", entry(PartitionType::data, 4, "keys"), false},
        TargetRow{"efuse", entry(PartitionType::data, 5, "efuse"), false},
        TargetRow{"our_own", entry(PartitionType::data, 6, "updraft"), false},
        TargetRow{"guard", entry(PartitionType{0x41}, 0, "guard"), false},
        TargetRow{"app", entry(PartitionType::app, 0x10, "ota_0"), false},
        TargetRow{"bootloader", entry(PartitionType::bootloader, 0, "boot"), false},
        TargetRow{"reserved_type", entry(PartitionType{0x10}, 0, "x"), false},
        TargetRow{"readonly", entry(PartitionType::data, 0x83, "ro", 2), false},
        TargetRow{"label_that_json_cannot_say", entry(PartitionType::data, 0x83, "a\"b"), false}),
    [](const auto& row) { return std::string(row.param.name); });

const Part kTable[] = {
    {.label = Text<kLabel>("nvs"), .kind = Kind::nvs, .copies = {}, .target = false},
    {.label = Text<kLabel>("web"), .kind = Kind::littlefs, .copies = {}},
    {.label = Text<kLabel>("certs"), .kind = Kind::other, .copies = {}},
    {.label = Text<kLabel>("media"), .kind = Kind::fat, .copies = {}},
};

Code code_of(const Result<std::uint8_t>& found) { return found.error().code; }

TEST(FindTarget, ByItsLabel) {
  EXPECT_EQ(*find_target(kTable, "app"), kApp);
  EXPECT_EQ(*find_target(kTable, "fs:web"), 2);
  EXPECT_EQ(*find_target(kTable, "fs:certs"), 3);
  EXPECT_EQ(code_of(find_target(kTable, "fs:nvs")), Code::wrong_target);
  EXPECT_EQ(code_of(find_target(kTable, "fs:nothing")), Code::no_partition);
  EXPECT_EQ(code_of(find_target(kTable, "web")), Code::no_partition);
  EXPECT_EQ(code_of(find_target(kTable, "")), Code::no_partition);
}

TEST(FindTarget, FsAloneIsTheOnlyFileSystemOrTheUsualOne) {
  EXPECT_EQ(*find_target(std::span(kTable).first(3), "fs"), 2);
  EXPECT_EQ(code_of(find_target(kTable, "fs")), Code::which_partition);
  EXPECT_EQ(*find_target(kTable, "fs", "media"), 4);
  EXPECT_EQ(code_of(find_target(std::span(kTable).first(1), "fs")), Code::no_partition);
}

TEST(FindTarget, APairHasTheNameOfBoth) {
  const Partition first = entry(PartitionType::data, 0x83, "web_0");
  Partition second = entry(PartitionType::data, 0x83, "web_1");
  EXPECT_EQ(pair_name(first, second), "web");
  EXPECT_EQ(pair_name(second, first), "");
  second.size = 0x8000;
  EXPECT_EQ(pair_name(first, second), "");
}

TEST(FindTarget, NamesAreFoundAgain) {
  EXPECT_EQ(target_name(kTable[1]).view(), "fs:web");
  EXPECT_EQ(*find_target(kTable, target_name(kTable[1]).view()), 2);
}

}  // namespace
}  // namespace updraft::parts
