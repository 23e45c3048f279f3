#include "engine/format/partition_table.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "engine/crypto/digest.hpp"
#include "engine/crypto/md5.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::format {
namespace {

using Buffer = std::vector<std::byte>;

constexpr std::uint32_t kFlash = 4 * 1024 * 1024;

Partition app(std::uint8_t subtype, std::uint32_t offset = 0x10000, std::uint32_t size = 0x1000) {
  return {PartitionType::app, subtype, offset, size, Text<16>("app"), 0};
}

Buffer written(std::span<const Partition> partitions, bool md5 = true) {
  Buffer bytes(kPartitionTableBytes);
  const auto out = std::span<std::byte, kPartitionTableBytes>(bytes);
  EXPECT_TRUE(write_partition_table(partitions, out, md5));
  return bytes;
}

TEST(PartitionTable, ReadsTheWorkedExample) {
  const auto parsed = parse_partition_table(golden::bytes("partition_table"), kFlash);
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->has_md5);
  struct Row {
    PartitionType type;
    std::uint8_t subtype;
    std::uint32_t offset, size;
    const char* label;
    std::uint32_t flags;
  };
  const Row rows[] = {
      {PartitionType::data, kDataNvs, 0x9000, 0x4000, "nvs", 0},
      {PartitionType::data, kDataOta, 0xD000, 0x2000, "otadata", 0},
      {PartitionType::data, 0x01, 0xF000, 0x1000, "phy_init", 0},
      {PartitionType::app, kAppOta0, 0x10000, 0x100000, "ota_0", 0},
      {PartitionType::app, kAppOta0 + 1, 0x110000, 0x100000, "ota_1", 0},
      {PartitionType::data, 0x83, 0x210000, 0x10000, "storage", kPartitionEncrypted},
      {PartitionType{0x40}, 1, 0x220000, 0x1000, "factcfg", 0},
  };
  const auto entries = parsed->table.entries();
  ASSERT_EQ(entries.size(), std::size(rows));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Row& row = rows[i];
    EXPECT_EQ(entries[i], (Partition{row.type, row.subtype, row.offset, row.size,
                                     Text<16>(row.label), row.flags}))
        << row.label;
  }
}

TEST(PartitionTable, WritesTheWorkedExample) {
  const auto golden = golden::bytes("partition_table");
  const auto parsed = parse_partition_table(golden);
  ASSERT_TRUE(parsed);
  const Buffer bytes = written(parsed->table.entries());
  EXPECT_EQ(bytes, golden);
  EXPECT_EQ(golden::to_hex(crypto::sha256(bytes)),
            "bad6de494543046e40cd5648772975d6aa859fff47b9bcca7d39cf84098bb89f");
}

TEST(PartitionTable, EveryFlippedBitOfTheEntriesIsSeen) {
  const auto golden = golden::bytes("partition_table");
  for (std::size_t bit = 0; bit < 8 * kPartitionEntryBytes * 7; ++bit) {
    Buffer bytes = golden;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(parse_partition_table(bytes)) << "bit " << bit;
  }
}

TEST(PartitionTable, ACutIsSeenUntilTheEndMarkerIsThere) {
  const auto golden = golden::bytes("partition_table");
  const std::size_t needed = 9 * kPartitionEntryBytes;
  for (std::size_t size = 0; size < needed; ++size) {
    const auto parsed = parse_partition_table(Bytes(golden).first(size));
    ASSERT_FALSE(parsed) << size;
    EXPECT_EQ(parsed.error(), (Error{Code::malformed, Where::table, size / 32 * 32, 0xC00}));
  }
  EXPECT_TRUE(parse_partition_table(Bytes(golden).first(needed)));
}

struct BadTable {
  const char* name;
  std::function<void(Buffer&)> spoil;
  std::uint64_t found, expected;
};

class BadTables : public testing::TestWithParam<BadTable> {};

TEST_P(BadTables, AreRefused) {
  Buffer bytes = golden::bytes("partition_table");
  GetParam().spoil(bytes);
  const auto parsed = parse_partition_table(bytes, kFlash);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error(),
            (Error{Code::malformed, Where::table, GetParam().found, GetParam().expected}));
}

constexpr std::size_t kMd5Entry = 7 * kPartitionEntryBytes;

void fill_with_entries(Buffer& bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    std::copy_n(bytes.begin(), kPartitionEntryBytes,
                bytes.begin() + static_cast<std::ptrdiff_t>(i * kPartitionEntryBytes));
  }
}

INSTANTIATE_TEST_SUITE_P(
    PartitionTable, BadTables,
    testing::Values(
        BadTable{"Blank", [](Buffer& b) { std::ranges::fill(b, std::byte{0xFF}); }, 0xFFFF, 0x50AA},
        BadTable{"Zeros", [](Buffer& b) { std::ranges::fill(b, std::byte{0}); }, 0, 0x50AA},
        BadTable{"Empty", [](Buffer& b) { b.clear(); }, 0, 0xC00},
        BadTable{"EntryMagic", [](Buffer& b) { store_le16(b, 32, 0x1234); }, 0x1234, 0x50AA},
        BadTable{"EndMarkerOfAnotherType", [](Buffer& b) { b[8 * 32 + 2] = std::byte{0}; }, 0xFFFF,
                 0x50AA},
        BadTable{"EndMarkerOfAnotherSubtype", [](Buffer& b) { b[8 * 32 + 3] = std::byte{0}; },
                 0xFFFF, 0x50AA},
        BadTable{"Md5Wrong", [](Buffer& b) { store_le32(b, kMd5Entry + 16, 1); }, 1, 0x8F6DA3D8},
        BadTable{
            "Md5Twice",
            [](Buffer& b) { std::copy_n(b.begin() + kMd5Entry, 32, b.begin() + kMd5Entry + 32); },
            2, 1},
        BadTable{"OffsetOutside", [](Buffer& b) { store_le32(b, 4, kFlash + 0x1000); },
                 kFlash + 0x5000, kFlash},
        BadTable{"EndOutside", [](Buffer& b) { store_le32(b, 8, kFlash - 0x9000 + 1); }, kFlash + 1,
                 kFlash},
        BadTable{"EndWraps", [](Buffer& b) { store_le32(b, 8, 0xFFFFFFFF); }, 0x100008FFF, kFlash},
        BadTable{"NoEndMarker96Entries", [](Buffer& b) { fill_with_entries(b, 96); }, 96, 95},
        BadTable{"NoEndMarkerMd5Last",
                 [](Buffer& b) {
                   fill_with_entries(b, 95);
                   store_le16(b, 95 * 32, kPartitionMd5Magic);
                   std::ranges::copy(crypto::md5(Bytes(b).first(95 * 32)),
                                     b.begin() + 95 * 32 + 16);
                 },
                 0xC00, 0xC00},
        BadTable{"EndMarkerBehindTheTable",
                 [](Buffer& b) {
                   fill_with_entries(b, 95);
                   store_le16(b, 95 * 32, kPartitionMd5Magic);
                   std::ranges::copy(crypto::md5(Bytes(b).first(95 * 32)),
                                     b.begin() + 95 * 32 + 16);
                   b.resize(4096, std::byte{0xFF});
                 },
                 0xC00, 0xC00}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(PartitionTable, APartitionMayReachTheEndOfTheFlash) {
  EXPECT_TRUE(
      parse_partition_table(written(std::array{app(0, 0x10000, kFlash - 0x10000)}), kFlash));
}

TEST(PartitionTable, WithoutAFlashSizeOnly32BitsBoundAPartition) {
  EXPECT_TRUE(parse_partition_table(written(std::array{app(0, 0xFFFF0000, 0x10000)})));
  EXPECT_FALSE(parse_partition_table(written(std::array{app(0, 0xFFFF0000, 0x10001)})));
}

TEST(PartitionTable, AMissingMd5IsAccepted) {
  const auto parsed = parse_partition_table(written(std::array{app(0)}, false));
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->has_md5);
  EXPECT_EQ(parsed->table.entries().size(), 1u);
}

TEST(PartitionTable, OverlapsAndRepeatedNamesAreNotItsBusiness) {
  EXPECT_TRUE(parse_partition_table(written(std::array{app(0), app(0)})));
}

TEST(PartitionTable, UnknownFlagsAndTypesAreKept) {
  const Partition odd{PartitionType{0xFE}, 0xFF, 0x9001, 3, Text<16>("odd"), 0x80000007};
  const auto parsed = parse_partition_table(written(std::array{odd}));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->table.entries()[0], odd);
  EXPECT_TRUE(odd.encrypted());
  EXPECT_TRUE(odd.readonly());
}

TEST(PartitionTable, ALabelNeedsNoNul) {
  Partition full = app(0);
  full.label = Text<16>("sixteen-chars-xx");
  const auto parsed = parse_partition_table(written(std::array{full}));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->table.entries()[0].label.view(), "sixteen-chars-xx");
}

TEST(PartitionTable, HoldsAsManyEntriesAsTheSectorAllows) {
  const std::vector<Partition> many(kMaxPartitionEntries, app(0));
  const auto parsed = parse_partition_table(written(many, false));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->table.entries().size(), kMaxPartitionEntries);
  const auto with_md5 = parse_partition_table(written(std::span(many).first(94)));
  ASSERT_TRUE(with_md5);
  EXPECT_EQ(with_md5->table.entries().size(), 94u);
}

TEST(PartitionTable, MoreEntriesThanFitAreNotWritten) {
  Buffer bytes(kPartitionTableBytes);
  const auto out = std::span<std::byte, kPartitionTableBytes>(bytes);
  const std::vector<Partition> many(96, app(0));
  EXPECT_EQ(write_partition_table(std::span(many).first(95), out).error(),
            (Error{Code::malformed, Where::table, 95, 94}));
  EXPECT_EQ(write_partition_table(many, out, false).error(),
            (Error{Code::malformed, Where::table, 96, 95}));
}

TEST(PartitionTable, AddStopsAtItsCapacity) {
  PartitionTable table;
  for (std::size_t i = 0; i < kMaxPartitionEntries; ++i) ASSERT_TRUE(table.add(app(0)));
  EXPECT_EQ(table.add(app(0)).error(), (Error{Code::malformed, Where::table, 96, 95}));
}

TEST(PartitionTable, FindsByTypeAndByLabel) {
  const auto parsed = parse_partition_table(golden::bytes("partition_table"));
  ASSERT_TRUE(parsed);
  const PartitionTable& table = parsed->table;
  EXPECT_EQ(table.find(PartitionType::data, kDataOta), &table.entries()[1]);
  EXPECT_EQ(table.find("storage"), &table.entries()[5]);
  EXPECT_EQ(table.find(PartitionType::app, kAppFactory), nullptr);
  EXPECT_EQ(table.find("stor"), nullptr);
  EXPECT_EQ(table.ota_slot(1), &table.entries()[4]);
  EXPECT_EQ(table.ota_slot(2), nullptr);
  EXPECT_EQ(table.ota_slot(16), nullptr) << "subtype 0x20 is test, not ota_16";
}

struct Slots {
  const char* name;
  std::vector<std::uint8_t> subtypes;
  std::uint32_t bootloader, application;
};

class SlotCounts : public testing::TestWithParam<Slots> {};

TEST_P(SlotCounts, DifferWhereSlotsAreNotContiguous) {
  PartitionTable table;
  for (const std::uint8_t subtype : GetParam().subtypes) ASSERT_TRUE(table.add(app(subtype)));
  EXPECT_EQ(table.bootloader_ota_slots(), GetParam().bootloader);
  EXPECT_EQ(table.application_ota_slots(), GetParam().application);
}

INSTANTIATE_TEST_SUITE_P(
    PartitionTable, SlotCounts,
    testing::Values(Slots{"None", {}, 0, 0}, Slots{"OnlyFactory", {kAppFactory, kAppTest}, 0, 0},
                    Slots{"Two", {0x10, 0x11}, 2, 2}, Slots{"AnyOrder", {0x11, 0x00, 0x10}, 2, 2},
                    Slots{"Gap", {0x10, 0x12}, 2, 1}, Slots{"WithoutTheFirst", {0x11, 0x12}, 2, 0},
                    Slots{"Repeated", {0x10, 0x10}, 2, 1},
                    Slots{"All",
                          {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B,
                           0x1C, 0x1D, 0x1E, 0x1F, 0x20},
                          16,
                          16}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(IsPartitionTable, LooksAtOnePlaceOfADump) {
  Buffer flash(kFlash, std::byte{0xFF});
  EXPECT_FALSE(is_partition_table(flash));
  std::ranges::copy(golden::bytes("partition_table"), flash.begin() + 0x8000);
  EXPECT_TRUE(is_partition_table(flash));
  EXPECT_TRUE(is_partition_table(flash, 0x8000));
  EXPECT_FALSE(is_partition_table(flash, 0x9000));
  EXPECT_FALSE(is_partition_table(flash, kFlash));
  EXPECT_FALSE(is_partition_table(flash, UINT64_MAX));
}

TEST(IsPartitionTable, TheTableMustFitThatFlash) {
  Buffer flash(0x100000, std::byte{0xFF});
  std::ranges::copy(golden::bytes("partition_table"), flash.begin() + 0x8000);
  EXPECT_FALSE(is_partition_table(flash));
}

}  // namespace
}  // namespace updraft::format
