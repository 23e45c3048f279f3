#include "engine/format/image.hpp"

#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace updraft::format {
namespace {

TEST(ImageHeader, ReadsTheWorkedExample) {
  const auto header = parse_image_header(golden::bytes("minimal_image_esp32c3"));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->segment_count, 1);
  EXPECT_EQ(header->spi_mode, 2);
  EXPECT_EQ(header->speed_size, 0x2F);
  EXPECT_EQ(header->entry_addr, 0x40380000u);
  EXPECT_EQ(header->chip_id, 5);
  EXPECT_EQ(header->chip_revisions.min, 3);
  EXPECT_EQ(header->chip_revisions.max, 199);
  EXPECT_TRUE(header->hash_appended);
}

TEST(ImageHeader, AnotherMagicIsNotAnImage) {
  auto bytes = golden::bytes("minimal_image_esp32c3");
  bytes[0] = std::byte{'<'};
  EXPECT_EQ(parse_image_header(bytes).error(),
            (Error{Code::not_an_image, Where::image, '<', 0xE9, Reason::web_page}));
}

TEST(ImageHeader, AnyNonZeroHashFlagMeansAHash) {
  auto bytes = golden::bytes("minimal_image_esp32c3");
  bytes[23] = std::byte{0x80};
  EXPECT_TRUE(parse_image_header(bytes)->hash_appended);
  bytes[23] = std::byte{0};
  EXPECT_FALSE(parse_image_header(bytes)->hash_appended);
}

TEST(SegmentHeader, ReadsTheWorkedExample) {
  const auto segment =
      parse_segment_header(Bytes(golden::bytes("minimal_image_esp32c3")).subspan(24));
  EXPECT_EQ(segment.load_addr, 0x3C000020u);
  EXPECT_EQ(segment.data_len, 256u);
}

TEST(AppDescriptor, ReadsTheWorkedExample) {
  const auto bytes = golden::bytes("minimal_image_esp32c3");
  const auto app = parse_app_descriptor(Bytes(bytes).subspan(kAppDescriptorOffset));
  ASSERT_TRUE(app);
  EXPECT_EQ(app->secure_version, 0u);
  EXPECT_EQ(app->version.view(), "1.2.3");
  EXPECT_EQ(app->project_name.view(), "demo");
  EXPECT_EQ(app->time.view(), "12:34:56");
  EXPECT_EQ(app->date.view(), "Jan  2 2026");
  EXPECT_EQ(app->idf_ver.view(), "v5.5");
  EXPECT_EQ(app->block_revisions.min, 0);
  EXPECT_EQ(app->block_revisions.max, 99);
  EXPECT_EQ(app->mmu_page_size, 16);
}

TEST(AppDescriptor, AnotherMagicIsMalformed) {
  const std::array<std::byte, kAppDescriptorBytes> zeros{};
  EXPECT_EQ(
      parse_app_descriptor(zeros).error(),
      (Error{Code::malformed, Where::image, 0, kAppDescriptorMagic, Reason::no_app_descriptor}));
}

TEST(AppDescriptor, TextsWithoutANulEndWithTheirField) {
  auto bytes = golden::bytes("minimal_image_esp32c3");
  std::fill_n(bytes.begin() + 0x30, 32, std::byte{'v'});
  const auto app = parse_app_descriptor(Bytes(bytes).subspan(kAppDescriptorOffset));
  ASSERT_TRUE(app);
  EXPECT_EQ(app->version.view(), std::string(32, 'v'));
  EXPECT_EQ(app->project_name.view(), "demo");
}

TEST(ChecksumEnd, LeavesRoomForTheChecksumByte) {
  EXPECT_EQ(checksum_end(288), 304u);
  EXPECT_EQ(checksum_end(303), 304u);
  EXPECT_EQ(checksum_end(304), 320u);
}

}  // namespace
}  // namespace updraft::format
