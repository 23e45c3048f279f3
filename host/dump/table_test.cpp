// What is wrong with a table, where, and what can be read of it all the same.
#include "host/dump/table.hpp"

#include <gmock/gmock.h>

namespace updraft::dump {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kUsual[] =
    "nvs,data,nvs,0x9000,0x5000\n"
    "otadata,data,ota,0xe000,0x2000\n"
    "app0,app,ota_0,0x10000,0x140000\n"
    "app1,app,ota_1,0x150000,0x140000\n"
    "spiffs,data,spiffs,0x290000,0x160000\n";

std::vector<std::byte> binary(const char* csv = kUsual) {
  const auto table = format::parse_partition_csv(csv);
  std::vector<std::byte> bytes(format::kPartitionTableBytes);
  (void)format::write_partition_table(table->entries(),
                                      std::span(bytes).first<format::kPartitionTableBytes>());
  return bytes;
}

std::vector<std::string> names(const format::PartitionTable& table) {
  std::vector<std::string> names;
  for (const auto& entry : table.entries()) names.emplace_back(entry.label.view());
  return names;
}

TEST(ReadTable, ASoundOneHasNoFault) {
  const TableReading reading = read_table(binary());
  EXPECT_THAT(reading.faults, IsEmpty());
  EXPECT_TRUE(reading.has_md5);
  EXPECT_THAT(names(reading.table), ElementsAre("nvs", "otadata", "app0", "app1", "spiffs"));
}

struct Damage {
  const char* name;
  void (*spoil)(std::vector<std::byte>&);
  std::vector<std::string> says;  // all in the first fault
  std::size_t readable;
};

class DamagedTable : public testing::TestWithParam<Damage> {};

TEST_P(DamagedTable, SaysWhereAndListsTheRest) {
  auto bytes = binary();
  GetParam().spoil(bytes);
  const TableReading reading = read_table(bytes, 0x400000);
  ASSERT_FALSE(reading.faults.empty());
  for (const std::string& word : GetParam().says) EXPECT_THAT(reading.faults[0], HasSubstr(word));
  EXPECT_EQ(reading.table.entries().size(), GetParam().readable);
  EXPECT_FALSE(format::parse_partition_table(bytes, 0x400000)) << "the device refuses it, too";
}

using Table = std::vector<std::byte>;
INSTANTIATE_TEST_SUITE_P(
    Rows, DamagedTable,
    testing::Values(
        Damage{"md5",
               [](Table& b) { std::fill_n(b.begin() + 5 * 32 + 16, 16, std::byte{0}); },
               {"the MD5 is wrong", "00000000000000000000000000000000"},
               5},
        Damage{"a_changed_entry",
               [](Table& b) { b[2 * 32 + 5] = std::byte{0x10}; },
               {"the MD5 is wrong"},
               5},
        Damage{
            "cut_in_an_entry", [](Table& b) { b.resize(150); }, {"entry 4 has 22 of 32 bytes"}, 4},
        Damage{"cut_after_an_entry", [](Table& b) { b.resize(96); }, {"no end: 3 entries"}, 3},
        Damage{"another_magic",
               [](Table& b) { b[64] = std::byte{0xAB}; },
               {"entry 2 begins with ab50, not aa50"},
               4},
        Damage{"no_end",
               [](Table& b) {
                 b.resize(7 * 32);
                 std::fill(b.begin() + 6 * 32, b.end(), std::byte{1});
               },
               {"entry 6 begins with 0101"},
               5},
        Damage{"past_the_flash",
               [](Table& b) { store_le32(b, 4 * 32 + 8, 0x200000); },
               {"entry 4, spiffs (0x290000 to 0x490000)", "0x400000"},
               5},
        Damage{"two_md5",
               [](Table& b) { std::copy_n(b.begin() + 5 * 32, 32, b.begin() + 6 * 32); },
               {"entry 6 is a second MD5"},
               5}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(ReadTable, AnythingEndsAndAddsNoMoreThanThereIs) {
  std::vector<std::byte> bytes(format::kPartitionTableBytes);
  for (std::size_t at = 0; at < bytes.size(); at += 32)
    store_le16(bytes, at, format::kPartitionMagic);
  const TableReading reading = read_table(bytes);
  EXPECT_EQ(reading.table.entries().size(), format::kMaxPartitionEntries);
  EXPECT_FALSE(reading.faults.empty());
  EXPECT_FALSE(read_table({}).faults.empty());
}

struct Line {
  const char* name;
  const char* csv;
  std::vector<std::string> says;
  std::size_t readable;
};

class WrongLine : public testing::TestWithParam<Line> {};

TEST_P(WrongLine, IsToldWithItsWordsAndAddresses) {
  const TableReading reading = read_table_text(GetParam().csv);
  ASSERT_FALSE(reading.faults.empty());
  for (const std::string& word : GetParam().says) EXPECT_THAT(reading.faults[0], HasSubstr(word));
  EXPECT_EQ(reading.table.entries().size(), GetParam().readable);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, WrongLine,
    testing::Values(
        Line{"type",
             "nvs,dat,nvs,0x9000,0x5000\na,app,ota_0,0x10000,1M\n",
             {"line 1", "\"dat\"", "app, data, bootloader, partition_table"},
             1},
        Line{"subtype",
             "nvs,data,nsv,0x9000,0x5000\na,app,ota_0,0x10000,1M\n",
             {"line 1", "\"nsv\"", "ota, phy, nvs, coredump"},
             1},
        Line{"app_subtype",
             "a,app,ota0,0x10000,1M\n",
             {"\"ota0\"", "factory, ota_0 to ota_15, test"},
             0},
        Line{"app_without", "a,app,,0x10000,1M\n", {"an app needs a subtype", "factory"}, 0},
        Line{"size", "a,app,ota_0,0x10000,1MB\nb,app,ota_1,0x200000,1M\n", {"\"1MB\""}, 1},
        Line{"offset", "a,app,ota_0,10000h,1M\n", {"\"10000h\""}, 0},
        Line{"flags", "a,app,ota_0,0x10000,1M,enc\n", {"\"enc\""}, 0},
        Line{"name_twice", "a,app,ota_0,0x10000,1M\na,app,ota_1,,1M\n", {"line 2", "\"a\""}, 1},
        Line{"overlap",
             "a,app,ota_0,0x10000,1M\nb,app,ota_1,0x100000,1M\n",
             {"line 2", "it is 0x100000", "ends at 0x110000"},
             1},
        Line{"alignment", "a,app,ota_0,0x11000,1M\n", {"0x11000 is no multiple of 0x10000"}, 0}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(ReadTableText, ManyWrongLinesAreNotToldForEver) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "x,y,z,w,v\n";
  EXPECT_EQ(read_table_text(text).faults.size(), kMaxTableFaults);
}

struct Doubt {
  const char* name;
  const char* csv;
  std::string says;
};

class Doubts : public testing::TestWithParam<Doubt> {};

TEST_P(Doubts, AreTold) {
  const auto table = format::parse_partition_csv(GetParam().csv);
  ASSERT_TRUE(table);
  const auto doubts = doubts_about(*table);
  if (GetParam().says.empty()) {
    EXPECT_THAT(doubts, IsEmpty());
  } else {
    EXPECT_THAT(doubts, ElementsAre(HasSubstr(GetParam().says)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Doubts,
    testing::Values(Doubt{"none", kUsual, ""},
                    Doubt{"one_slot", "o,data,ota,0xe000,0x2000\na,app,ota_0,0x10000,3M\n",
                          "no second app slot"},
                    Doubt{"factory_alone", "o,data,ota,0xe000,0x2000\na,app,factory,0x10000,3M\n",
                          "no second app slot"},
                    Doubt{"safeboot",
                          "o,data,ota,0xe000,0x2000\nsafeboot,app,factory,0x10000,0xD0000\na,app,"
                          "ota_0,0xE0000,1M\n",
                          "a restart into safeboot"},
                    Doubt{"gap",
                          "o,data,ota,0xe000,0x2000\na,app,ota_0,0x10000,1M\nb,app,ota_2,,1M\n",
                          "ota_0, ota_1"},
                    Doubt{"not_from_0",
                          "o,data,ota,0xe000,0x2000\na,app,ota_1,0x10000,1M\nb,app,ota_2,,1M\n",
                          "ota_0, ota_1"},
                    Doubt{"no_otadata", "a,app,ota_0,0x10000,1M\nb,app,ota_1,,1M\n", "no otadata"},
                    Doubt{"no_app", "n,data,nvs,0x9000,0x5000\n", "no app"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Doubts, OverlapsInABinaryTableAreToldWithBothPlaces) {
  auto bytes = binary();
  store_le32(bytes, 3 * 32 + 4, 0x140000);
  std::fill_n(bytes.begin() + 5 * 32, 32, std::byte{0xFF});
  const TableReading reading = read_table(bytes);
  EXPECT_THAT(reading.faults, IsEmpty()) << "a device takes it";
  EXPECT_THAT(
      doubts_about(reading.table),
      testing::Contains(HasSubstr("app0 (0x10000 to 0x150000) and app1 (0x140000 to 0x280000)")));
}

}  // namespace
}  // namespace updraft::dump
