#include "engine/parts/format_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "updraft/flash.hpp"

#include "engine/format/crc32.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/file_system_image.hpp"

namespace updraft::parts {
namespace {

using Content = std::vector<std::byte>;
constexpr std::uint32_t kSize = 64 * 1024;

Content littlefs(std::uint32_t bytes = kSize) { return make_littlefs(bytes, 1); }

Content only_second_block() {
  Content image = littlefs();
  std::fill_n(image.begin(), kFlashSector, std::byte{0xFF});
  return image;
}

Content fat(std::uint32_t sectors, std::uint32_t at = 0) {
  Content image(kSize, std::byte{at == 0 ? std::uint8_t{0} : std::uint8_t{0xFF}});
  const MutableBytes b = MutableBytes(image).subspan(at);
  store_le16(b, 11, 4096);
  store_le16(b, 19, static_cast<std::uint16_t>(sectors));
  store_le16(b, 510, 0xAA55);
  return image;
}

Content nvs(bool sound = true) {
  Content image(0x4000, std::byte{0xFF});
  for (std::uint32_t page = 0; page < 3; ++page) {
    const MutableBytes b = MutableBytes(image).subspan(page * kFlashSector);
    store_le32(b, 0, 0xFFFFFFFE);
    store_le32(b, 4, page);
    store_le32(b, 28, format::crc32(Bytes(b).subspan(4, 24), 0xFFFFFFFF));
  }
  if (!sound) image[kFlashSector + 5] ^= std::byte{1};
  return image;
}

Content app() { return sim::make_image({.version = "1.0.0"}); }
Content text() {
  Content bytes(kSize, std::byte{'a'});
  return bytes;
}
Content blank() { return Content(kSize, std::byte{0xFF}); }
Content table() {
  Content bytes(0xC00, std::byte{0xFF});
  bytes[0] = std::byte{0xAA};
  bytes[1] = std::byte{0x50};
  return bytes;
}

// Pads the last unit, as the receiver does.
Result<> judge_part(const FormatCheck::Wanted& wanted, Content content) {
  FormatCheck check;
  check.reset(wanted);
  content.resize(align_up(content.size(), kUnit), std::byte{0xFF});
  for (std::size_t at = 0; at < content.size(); at += kUnit) {
    UPDRAFT_TRY(check.push(Bytes(content).subspan(at, kUnit)));
  }
  return check.finish();
}

struct CheckRow {
  const char* name;
  Kind kind;
  Content content;
  std::optional<Code> refused;
  std::uint64_t found = 0, expected = 0;
};

class FormatCheckTest : public testing::TestWithParam<CheckRow> {};

TEST_P(FormatCheckTest, JudgesByWhatThePartitionHolds) {
  const CheckRow& row = GetParam();
  const Result<> judged = judge_part({.kind = row.kind, .size = kSize}, row.content);
  ASSERT_EQ(judged.has_value(), !row.refused);
  if (judged) return;
  EXPECT_EQ(judged.error().code, *row.refused);
  if (row.expected == 0) return;
  EXPECT_EQ(judged.error().found, row.found);
  EXPECT_EQ(judged.error().expected, row.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, FormatCheckTest,
    testing::Values(
        CheckRow{"littlefs", Kind::littlefs, littlefs(), {}},
        CheckRow{"littlefs_in_its_second_block", Kind::littlefs, only_second_block(), {}},
        CheckRow{"littlefs_too_small", Kind::littlefs, littlefs(kSize / 2), Code::wrong_format,
                 kSize / 2, kSize},
        CheckRow{"littlefs_too_large", Kind::littlefs, littlefs(kSize * 2), Code::wrong_format,
                 kSize * 2, kSize},
        CheckRow{"littlefs_where_spiffs_is_named", Kind::spiffs, littlefs(), {}},
        CheckRow{"littlefs_of_another_size_there", Kind::spiffs, littlefs(kSize / 2),
                 Code::wrong_format, kSize / 2, kSize},
        CheckRow{"spiffs", Kind::spiffs, text(), {}},
        CheckRow{"blank_spiffs", Kind::spiffs, blank(), {}},
        CheckRow{"fat", Kind::fat, fat(16), {}},
        CheckRow{"fat_behind_a_blank_sector", Kind::fat, fat(15, kFlashSector), {}},
        CheckRow{"fat_too_large", Kind::fat, fat(17), Code::wrong_format, 17 * 4096, kSize},
        CheckRow{"nvs", Kind::nvs, nvs(), {}},
        CheckRow{"nvs_damaged_in_its_second_page", Kind::nvs, nvs(false), Code::wrong_format},
        CheckRow{"anything", Kind::other, text(), {}},
        // What belongs elsewhere: each kind of file for each kind of partition.
        CheckRow{"app_for_littlefs", Kind::littlefs, app(), Code::wrong_target},
        CheckRow{"app_for_spiffs", Kind::spiffs, app(), Code::wrong_target},
        CheckRow{"app_for_fat", Kind::fat, app(), Code::wrong_target},
        CheckRow{"app_for_nvs", Kind::nvs, app(), Code::wrong_target},
        CheckRow{"app_for_data", Kind::other, app(), Code::wrong_target},
        CheckRow{"text_for_littlefs", Kind::littlefs, text(), Code::wrong_format},
        CheckRow{"text_for_fat", Kind::fat, text(), Code::wrong_format},
        CheckRow{"text_for_nvs", Kind::nvs, text(), Code::wrong_format},
        CheckRow{"fat_for_littlefs", Kind::littlefs, fat(16), Code::wrong_format},
        CheckRow{"fat_for_spiffs", Kind::spiffs, fat(16), Code::wrong_format},
        CheckRow{"fat_for_nvs", Kind::nvs, fat(16), Code::wrong_format},
        CheckRow{"littlefs_for_fat", Kind::fat, littlefs(), Code::wrong_format},
        CheckRow{"littlefs_for_nvs", Kind::nvs, littlefs(), Code::wrong_format},
        CheckRow{"nvs_for_littlefs", Kind::littlefs, nvs(), Code::wrong_format},
        CheckRow{"nvs_for_spiffs", Kind::spiffs, nvs(), Code::wrong_format},
        CheckRow{"nvs_for_fat", Kind::fat, nvs(), Code::wrong_format},
        CheckRow{"table_for_littlefs", Kind::littlefs, table(), Code::wrong_format},
        CheckRow{"table_for_spiffs", Kind::spiffs, table(), Code::wrong_format},
        CheckRow{"blank_for_littlefs", Kind::littlefs, blank(), Code::wrong_format},
        CheckRow{"blank_for_fat", Kind::fat, blank(), Code::wrong_format},
        CheckRow{"blank_for_nvs", Kind::nvs, blank(), Code::wrong_format}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(FormatChecks, ASmallerLittlefsIsTakenWhereItFindsItsSize) {
  EXPECT_TRUE(judge_part({.kind = Kind::littlefs, .size = kSize, .fs_autosize = true},
                         littlefs(kSize / 2)));
  EXPECT_FALSE(judge_part({.kind = Kind::littlefs, .size = kSize, .fs_autosize = true},
                          littlefs(kSize * 2)));
}

// What is wrong in the first unit is refused there: nothing of it was written by then.
TEST(FormatChecks, TheFirstUnitDecidesUnlessItIsBlank) {
  for (const Kind kind : {Kind::littlefs, Kind::fat, Kind::nvs}) {
    FormatCheck check;
    check.reset({.kind = kind, .size = kSize});
    EXPECT_FALSE(check.push(Bytes(text()).first(kUnit))) << name(kind);
  }
}

TEST(FormatChecks, AByteE9AloneMakesNoApp) {
  Content data = text();
  data[0] = std::byte{0xE9};
  EXPECT_TRUE(judge_part({.kind = Kind::other, .size = kSize}, data));
}

TEST(FormatChecks, KindsAreThoseOfTheTable) {
  using format::PartitionType;
  EXPECT_EQ(kind_of(PartitionType::data, 0x81), Kind::fat);
  EXPECT_EQ(kind_of(PartitionType::data, 0x82), Kind::spiffs);
  EXPECT_EQ(kind_of(PartitionType::data, 0x83), Kind::littlefs);
  EXPECT_EQ(kind_of(PartitionType::data, 0x02), Kind::nvs);
  EXPECT_EQ(kind_of(PartitionType{0x40}, 0x82), Kind::other);
}

}  // namespace
}  // namespace updraft::parts
