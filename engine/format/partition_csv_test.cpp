#include "engine/format/partition_csv.hpp"

#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace updraft::format {

void PrintTo(const Partition& p, std::ostream* out) {
  *out << p.label.view() << " " << int{static_cast<std::uint8_t>(p.type)} << "/" << int{p.subtype}
       << std::hex << " at 0x" << p.offset << ", 0x" << p.size << " bytes, flags " << p.flags;
}

namespace {

using namespace std::string_literals;

std::vector<Partition> entries_of(std::string_view csv, const CsvOptions& options = {}) {
  const auto table = parse_partition_csv(csv, options);
  if (!table) {
    ADD_FAILURE() << csv << "\nline " << table.error().line << ": " << table.error().why;
    return {};
  }
  return {table->entries().begin(), table->entries().end()};
}

// A single row's partition.
Partition only(std::string_view csv, const CsvOptions& options = {}) {
  const auto entries = entries_of(csv, options);
  if (entries.size() == 1) return entries[0];
  ADD_FAILURE() << csv << ": " << entries.size() << " partitions";
  return {};
}

std::string to_csv(std::span<const Partition> partitions) {
  std::string text(kCsvTextBytes, '\0');
  const auto size = write_partition_csv(partitions, text);
  if (!size) return "cannot be told: " + std::to_string(size.error().found);
  text.resize(*size);
  return text;
}

TEST(PartitionCsv, TheWorkedExampleBecomesItsBinary) {
  const auto table = parse_partition_csv(golden::text("partition_table.csv"));
  ASSERT_TRUE(table) << table.error().why;
  std::array<std::byte, kPartitionTableBytes> bytes;
  ASSERT_TRUE(write_partition_table(table->entries(), bytes));
  EXPECT_EQ(golden::to_hex(bytes), golden::to_hex(golden::bytes("partition_table")));
}

TEST(PartitionCsv, TheWorkedExamplesBinaryBecomesTextThatGivesItBack) {
  const auto parsed = parse_partition_table(golden::bytes("partition_table"));
  ASSERT_TRUE(parsed);
  const std::string text = to_csv(parsed->table.entries());
  EXPECT_EQ(text,
            "# Name, Type, SubType, Offset, Size, Flags\n"
            "nvs,data,nvs,0x9000,16K,\n"
            "otadata,data,ota,0xd000,8K,\n"
            "phy_init,data,phy,0xf000,4K,\n"
            "ota_0,app,ota_0,0x10000,1M,\n"
            "ota_1,app,ota_1,0x110000,1M,\n"
            "storage,data,littlefs,0x210000,64K,encrypted\n"
            "factcfg,64,1,0x220000,4K,\n");
  const auto again = parse_partition_csv(text);
  ASSERT_TRUE(again);
  EXPECT_TRUE(std::ranges::equal(again->entries(), parsed->table.entries()));
}

// Rows that are right, each with the partition it means.

struct GoodRow {
  const char* csv;
  Partition partition;
};

Partition part(std::uint8_t type, std::uint8_t subtype, std::uint32_t offset, std::uint32_t size,
               std::string_view label = "a", std::uint32_t flags = 0) {
  return {PartitionType{type}, subtype, offset, size, Text<16>(label), flags};
}

class GoodRows : public testing::TestWithParam<GoodRow> {};

TEST_P(GoodRows, MeanThatPartition) {
  SCOPED_TRACE(GetParam().csv);
  EXPECT_EQ(only(GetParam().csv), GetParam().partition);
}

INSTANTIATE_TEST_SUITE_P(
    Fields, GoodRows,
    testing::Values(GoodRow{"a,data,phy,0x9000,0x1000,", part(1, 1, 0x9000, 0x1000)},
                    GoodRow{" \ta ,\tdata , phy, 0x9000 ,0x1000\t", part(1, 1, 0x9000, 0x1000)},
                    GoodRow{"a,data,phy,,4K", part(1, 1, 0x9000, 0x1000)},
                    GoodRow{"a,data,phy,,4K,,,what,follows", part(1, 1, 0x9000, 0x1000)},
                    GoodRow{"a,DATA,Phy,,4k", part(1, 1, 0x9000, 0x1000)},
                    GoodRow{"a,1,1,,4K", part(1, 1, 0x9000, 0x1000)},
                    GoodRow{"a,data,,,4K", part(1, 6, 0x9000, 0x1000)},
                    GoodRow{"a,0x40,,,4K", part(0x40, 6, 0x9000, 0x1000)},
                    GoodRow{"a,0xFE,0xff,,4K", part(0xFE, 0xFF, 0x9000, 0x1000)},
                    GoodRow{"a,0x05,7,,4K", part(5, 7, 0x9000, 0x1000)},
                    GoodRow{"a,app,factory,,4K", part(0, 0, 0x10000, 0x1000)},
                    GoodRow{"a,app,ota_15,,4K", part(0, 0x1F, 0x10000, 0x1000)},
                    GoodRow{"a,app,tee_1,,4K", part(0, 0x31, 0x10000, 0x1000)},
                    GoodRow{"a,data,fat,,3", part(1, 0x81, 0x9000, 3)},
                    GoodRow{"a,data,fat,,0", part(1, 0x81, 0x9000, 0)},
                    GoodRow{",data,fat,,4K", part(1, 0x81, 0x9000, 0x1000, "")},
                    GoodRow{"a name longer than it,data,fat,,4K",
                            part(1, 0x81, 0x9000, 0x1000, "a name longer th")},
                    GoodRow{"a,data,fat,,4K,encrypted", part(1, 0x81, 0x9000, 0x1000, "a", 1)},
                    GoodRow{"a,data,fat,,4K,readonly", part(1, 0x81, 0x9000, 0x1000, "a", 2)},
                    GoodRow{"a,data,fat,,4K,readonly:encrypted",
                            part(1, 0x81, 0x9000, 0x1000, "a", 3)},
                    GoodRow{"a,data,fat,,4K,:encrypted:", part(1, 0x81, 0x9000, 0x1000, "a", 1)},
                    GoodRow{"a,data,ota,,0x2000", part(1, 0, 0x9000, 0x2000)},
                    GoodRow{"a,data,nvs,,0x3000", part(1, 2, 0x9000, 0x3000)},
                    GoodRow{"a,data,nvs,,0x2000,readonly", part(1, 2, 0x9000, 0x2000, "a", 2)},
                    GoodRow{"a,partition_table,ota,,N/A", part(3, 1, 0x9000, 0x1000)}));

INSTANTIATE_TEST_SUITE_P(
    Numbers, GoodRows,
    testing::Values(GoodRow{"a,data,fat,36864,4096", part(1, 0x81, 0x9000, 0x1000)},
                    GoodRow{"a,data,fat,0X9000,0x1_000", part(1, 0x81, 0x9000, 0x1000)},
                    GoodRow{"a,data,fat,0o110000,0b1_0000", part(1, 0x81, 0x9000, 16)},
                    GoodRow{"a,data,fat,+36_864,0x_10", part(1, 0x81, 0x9000, 16)},
                    GoodRow{"a,data,fat,36K,1 m", part(1, 0x81, 0x9000, 0x100000)},
                    GoodRow{"a,data,fat,0x24K,0x4K", part(1, 0x81, 0x9000, 0x1000)},
                    GoodRow{"a,data,fat,,00", part(1, 0x81, 0x9000, 0)},
                    GoodRow{"a,data,fat,,-0x10000", part(1, 0x81, 0x9000, 0x7000)},
                    GoodRow{"a,data,fat,,-4M", part(1, 0x81, 0x9000, 0x3F7000)},
                    GoodRow{"a,data,fat,,-36K", part(1, 0x81, 0x9000, 0)},
                    GoodRow{"a,data,fat,,-4096M", part(1, 0x81, 0x9000, 0xFFFF7000)},
                    GoodRow{"a,data,fat,,-0x1_0000_0000", part(1, 0x81, 0x9000, 0xFFFF7000)}));

// Rows that are wrong: alone in a text of one line.

struct BadRow {
  const char* csv;
  std::string_view why;
  std::uint64_t found = 0, expected = 0;
};

class BadRows : public testing::TestWithParam<BadRow> {};

TEST_P(BadRows, AreRefusedWithTheReason) {
  SCOPED_TRACE(GetParam().csv);
  const auto table = parse_partition_csv("# heading\n\n"s + GetParam().csv + "\n");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().why, GetParam().why);
  EXPECT_EQ(table.error().line, 3u);
  EXPECT_EQ(table.error().error,
            (Error{Code::malformed, Where::table, GetParam().found, GetParam().expected}));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadRows,
    testing::Values(
        BadRow{"a", "the type is empty"}, BadRow{"a,,nvs,,4K", "the type is empty"},
        BadRow{"a,dat,nvs,,4K", "the type is neither a number nor a known word"},
        BadRow{"a,0xFF,1,,4K", "the type is not within 0 to 0xFE"},
        BadRow{"a,-1,1,,4K", "the type is not within 0 to 0xFE"},
        BadRow{"a,1K,1,,4K", "the type is not within 0 to 0xFE"},
        BadRow{"a,app,,,64K", "an app needs a subtype"},
        BadRow{"a,app,nvs,,64K", "the subtype is neither a number nor a word of this type"},
        BadRow{"a,0x40,nvs,,4K", "the subtype is neither a number nor a word of this type"},
        BadRow{"a,data,0x100,,4K", "the subtype is not within 0 to 0xFF"},
        BadRow{"a,data,-1,,4K", "the subtype is not within 0 to 0xFF"},
        BadRow{"a,data,nvs", "the size is empty"},
        BadRow{"a,data,nvs,0x9000,", "the size is empty"},
        BadRow{"a,data,fat,,4K,Encrypted",
               "the flags are not encrypted, readonly, or both joined by ':'"},
        BadRow{"a,data,fat,,4K,encrypted : readonly",
               "the flags are not encrypted, readonly, or both joined by ':'"},
        BadRow{"a,data,fat,,4K # big", "the size is not a number"},
        BadRow{"$A,data,fat,,4K", "variables such as $NAME are not expanded"},
        BadRow{"a,data,fat,,${SIZE}", "variables such as $NAME are not expanded"},
        BadRow{"a\x01,data,fat,,4K", "the line holds a control character"},
        BadRow{"a\x7F,data,fat,,4K", "the line holds a control character"}));

INSTANTIATE_TEST_SUITE_P(
    Numbers, BadRows,
    testing::Values(BadRow{"a,data,fat,,K", "the size is not a number"},
                    BadRow{"a,data,fat,,-", "the size is not a number"},
                    BadRow{"a,data,fat,,- 4K", "the size is not a number"},
                    BadRow{"a,data,fat,,--4K", "the size is not a number"},
                    BadRow{"a,data,fat,,0x", "the size is not a number"},
                    BadRow{"a,data,fat,,010", "the size is not a number"},
                    BadRow{"a,data,fat,,08", "the size is not a number"},
                    BadRow{"a,data,fat,,0b12", "the size is not a number"},
                    BadRow{"a,data,fat,,1__0", "the size is not a number"},
                    BadRow{"a,data,fat,,_1", "the size is not a number"},
                    BadRow{"a,data,fat,,1_", "the size is not a number"},
                    BadRow{"a,data,fat,,1.5M", "the size is not a number"},
                    BadRow{"a,data,fat,,4G", "the size is not a number"},
                    BadRow{"a,data,fat,,0x100000001", "the size is not a number"},
                    BadRow{"a,data,fat,,4097M", "the size is not a number"},
                    BadRow{"a,data,fat,,99999999999999999999999999", "the size is not a number"},
                    BadRow{"a,data,fat,here,4K", "the offset is not a number"},
                    BadRow{"a,data,fat,-4K,4K", "the offset is not a number"}));

INSTANTIATE_TEST_SUITE_P(
    Places, BadRows,
    testing::Values(
        BadRow{"a,data,fat,0x8000,4K", "the offset lies before the end of what is above", 0x8000,
               0x9000},
        BadRow{"a,app,factory,0x18000,4K", "the offset is not aligned", 0x18000, 0x10000},
        BadRow{"a,data,fat,0x9800,4K", "the offset is not aligned", 0x9800, 0x1000},
        BadRow{"a,data,fat,0xA000,-0x9000", "the partition ends before it begins", 0x9000, 0xA000},
        BadRow{"a,data,fat,,4096M", "the partition does not fit into the flash", 0x100009000,
               0x100000000},
        BadRow{"a,app,factory,,0x1800", "the size of an app is not aligned", 0x1800, 0x1000},
        BadRow{"a,data,ota,,0x1000", "an ota data partition has 0x2000 bytes", 0x1000, 0x2000},
        BadRow{"a,data,tee_ota,,0x3000", "an ota data partition has 0x2000 bytes", 0x3000, 0x2000},
        BadRow{"a,data,ota,,0x2000,readonly",
               "a partition of data, ota or data, coredump cannot be readonly"},
        BadRow{"a,data,coredump,,0x2000,encrypted:readonly",
               "a partition of data, ota or data, coredump cannot be readonly"},
        BadRow{"a,data,nvs,,0x2000", "an nvs this small must be readonly", 0x2000, 0x3000},
        BadRow{"a,bootloader,primary,N/A,N/A", "the bootloader's offset must be given"}));

// Rows that are wrong because of the ones above.

struct BadTable {
  const char* name;
  std::string csv;
  std::uint32_t line;
  std::string_view why;
};

class BadCsvTables : public testing::TestWithParam<BadTable> {};

TEST_P(BadCsvTables, AreRefusedWithTheLine) {
  const auto table = parse_partition_csv(GetParam().csv);
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().line, GetParam().line);
  EXPECT_EQ(table.error().why, GetParam().why);
}

std::string rows(std::size_t count) {
  std::string csv;
  for (std::size_t i = 0; i < count; ++i) csv += "p" + std::to_string(i) + ",data,fat,,4K\n";
  return csv;
}

INSTANTIATE_TEST_SUITE_P(
    PartitionCsv, BadCsvTables,
    testing::Values(
        BadTable{"SameName", "a,data,fat,,4K\nb,data,fat,,4K\na,data,fat,,4K\n", 3,
                 "the name is used twice"},
        BadTable{"SameNameOnceCut",
                 "a name longer than it,data,fat,,4K\na name longer than he,data,fat,,4K", 2,
                 "the name is used twice"},
        BadTable{"Overlap", "a,data,fat,0x9000,8K\nb,data,fat,0xa000,4K\n", 2,
                 "the offset lies before the end of what is above"},
        BadTable{"NotAscending", "a,data,fat,0xa000,4K\nb,data,fat,0x9000,4K\n", 2,
                 "the offset lies before the end of what is above"},
        BadTable{"TwoOtaData", "a,data,ota,,8K\nb,data,ota,,8K\n", 2,
                 "there is another ota data partition"},
        BadTable{"TwoTeeOtaData", "a,data,tee_ota,,8K\nb,data,tee_ota,,8K\n", 2,
                 "there is another ota data partition"},
        BadTable{"TwoPrimaryTables",
                 "a,partition_table,primary,N/A,N/A\nb,partition_table,primary,N/A,N/A", 2,
                 "the partition overlaps another"},
        BadTable{"TooMany", rows(96), 96, "there are too many partitions"},
        BadTable{"LongLine", "\n#" + std::string(256, '-') + "\n", 2, "the line is too long"},
        BadTable{"LongText", std::string(16385, '\n'), 0, "the text is too long"},
        BadTable{"Nul", "a,data,fat,,4K\n\0\n"s, 2, "the line holds a control character"},
        BadTable{"Utf16LittleEndian", "\xFF\xFE,\0"s, 0,
                 "the text is UTF-16 or UTF-32; save it as UTF-8"},
        BadTable{"Utf16BigEndian", "\xFE\xFF\0,"s, 0,
                 "the text is UTF-16 or UTF-32; save it as UTF-8"},
        BadTable{"Utf32BigEndian", "\0\0\xFE\xFF"s, 0,
                 "the text is UTF-16 or UTF-32; save it as UTF-8"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(PartitionCsv, LimitsThemselvesAreAllowed) {
  EXPECT_EQ(entries_of(rows(95)).size(), 95u);
  EXPECT_EQ(entries_of("#" + std::string(255, '-')).size(), 0u);
  EXPECT_EQ(entries_of(std::string(16384, '\n')).size(), 0u);
}

TEST(PartitionCsv, CommentsAndBlankLinesAreSkippedWhateverTheyHold) {
  EXPECT_EQ(entries_of("\n  \t\n# $NAME,,,\n   # b\na,data,fat,,4K\n#").size(), 1u);
}

TEST(PartitionCsv, LinesEndWithLfOrCrLfOrCr) {
  EXPECT_EQ(
      entries_of("a,data,fat,,4K\nb,data,fat,,4K\r\n\r\nc,data,fat,,4K\rd,data,fat,,4K\r").size(),
      4u);
  const auto table = parse_partition_csv("\r\n\n\r,,");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().line, 4u);
}

TEST(PartitionCsv, AUtf8MarkIsTolerated) {
  EXPECT_EQ(only("\xEF\xBB\xBF\x61,data,fat,,4K").label.view(), "a");
}

TEST(PartitionCsv, EmptyOffsetsFollowTheRowAboveAligned) {
  const auto entries =
      entries_of("a,data,fat,,0x1001\nb,data,fat,,3\nc,app,ota_0,,4K\nd,0x40,1,,1");
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries[1].offset, 0xB000u);
  EXPECT_EQ(entries[2].offset, 0x10000u);
  EXPECT_EQ(entries[3].offset, 0x11000u);
}

TEST(PartitionCsv, TheFirstRowFollowsTheTable) {
  EXPECT_EQ(only("a,data,fat,,4K", {.table_offset = 0x10000}).offset, 0x11000u);
}

TEST(PartitionCsv, ANegativeSizeEndsThereAndTheNextRowFollows) {
  const auto entries = entries_of("a,data,fat,,-64K\nb,app,ota_0,,-2M");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].offset, 0x10000u);
  EXPECT_EQ(entries[1].size, 0x1F0000u);
}

TEST(PartitionCsv, PartitionsMustFitTheFlashWhereItsSizeIsKnown) {
  const CsvOptions options{.flash_size = 0x100000};
  EXPECT_EQ(only("a,app,ota_0,,960K", options).size, 0xF0000u);
  const auto table = parse_partition_csv("a,app,ota_0,,964K", options);
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error(), (CsvError{{Code::malformed, Where::table, 0x101000, 0x100000},
                                     1,
                                     "the partition does not fit into the flash"}));
}

TEST(PartitionCsv, SecureBootV1WantsWholeMmuPages) {
  const CsvOptions options{.secure_boot_v1 = true};
  EXPECT_EQ(only("a,app,ota_0,,64K", options).size, 0x10000u);
  EXPECT_FALSE(parse_partition_csv("a,app,ota_0,,68K", options));
}

TEST(PartitionCsv, BootloaderAndTableRowsAreComputedWhateverIsWritten) {
  const auto entries = entries_of(
      "boot,bootloader,primary,N/A,N/A\n"
      "table,partition_table,primary,0x1234,oops\n"
      "a,data,fat,,4K\n"
      "boot2,bootloader,ota,,N/A\n"
      "table2,partition_table,ota,,N/A\n"
      "boot3,bootloader,recovery,N/A,N/A\n",
      {.bootloader_offset = 0x2000, .recovery_bootloader_offset = 0x20000});
  const std::vector<Partition> expected = {
      part(2, 0, 0x2000, 0x6000, "boot"),    part(3, 0, 0x8000, 0x1000, "table"),
      part(1, 0x81, 0x9000, 0x1000),         part(2, 1, 0xA000, 0x6000, "boot2"),
      part(3, 1, 0x10000, 0x1000, "table2"), part(2, 2, 0x20000, 0x6000, "boot3"),
  };
  EXPECT_EQ(entries, expected);
}

TEST(PartitionCsv, PrimaryRowsMayStandAnywhereAndMoveNothing) {
  const auto entries = entries_of(
      "a,data,fat,,4K\n"
      "table,partition_table,primary,N/A,N/A\n"
      "boot,bootloader,primary,N/A,N/A\n"
      "b,data,fat,,4K\n",
      {.bootloader_offset = 0});
  const std::vector<Partition> expected = {
      part(1, 0x81, 0x9000, 0x1000),
      part(3, 0, 0x8000, 0x1000, "table"),
      part(2, 0, 0, 0x8000, "boot"),
      part(1, 0x81, 0xA000, 0x1000, "b"),
  };
  EXPECT_EQ(entries, expected);
}

TEST(PartitionCsv, BootloaderRowsNeedPlausibleOffsets) {
  const auto why = [](std::string_view csv, const CsvOptions& options) {
    const auto table = parse_partition_csv(csv, options);
    return table ? "accepted" : table.error().why;
  };
  EXPECT_EQ(why("b,bootloader,primary,,", {.bootloader_offset = 0x8000}),
            "the bootloader must lie before the table");
  EXPECT_EQ(why("b,bootloader,recovery,,", {.bootloader_offset = 0}),
            "the recovery bootloader's offset must be given");
}

TEST(WritePartitionCsv, NamesWhatHasAWordAndNumbersTheRest) {
  const std::vector<Partition> partitions = {
      part(0, 0x20, 0x10000, 0x1000, "t"),  part(1, 0x77, 0x20000, 0x1234, "d", 2),
      part(2, 2, 0x30000, 0x400, "r", 3),   part(0xFE, 0, 0xFFFF0000, 0, "e", 0x80000000),
      part(3, 9, 0x40000, 0xFFFFFFFF, "x"),
  };
  EXPECT_EQ(to_csv(partitions),
            "# Name, Type, SubType, Offset, Size, Flags\n"
            "t,app,test,0x10000,4K,\n"
            "d,data,119,0x20000,0x1234,readonly\n"
            "r,bootloader,recovery,0x30000,1K,encrypted:readonly\n"
            "e,254,0,0xffff0000,0x0,\n"
            "x,partition_table,9,0x40000,0xffffffff,\n");
}

TEST(WritePartitionCsv, RefusesLabelsThatTheDialectCannotTell) {
  for (const char* label : {"a,b", " a", "a ", "#a", "a$", "a\nb"}) {
    const std::vector<Partition> partitions = {part(1, 2, 0, 0), part(1, 2, 0, 0, label)};
    EXPECT_EQ(to_csv(partitions), "cannot be told: 1") << label;
  }
}

TEST(WritePartitionCsv, TheLargestTableFitsItsBuffer) {
  const Partition widest = part(3, 0x90, 0xFFFFFFFF, 0xFFFFFFFF, "sixteen-chars-xx", 3);
  const std::vector<Partition> partitions(kMaxPartitionEntries, widest);
  EXPECT_LT(to_csv(partitions).size(), kCsvTextBytes);
}

}  // namespace
}  // namespace updraft::format
