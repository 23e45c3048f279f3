#include "sim/boot_trace.hpp"

#include <gtest/gtest.h>

namespace updraft::sim {
namespace {

using format::OtaState;

struct Row {
  Error error;
  std::string sentence;
};

class DescribeRefusal : public testing::TestWithParam<Row> {};

TEST_P(DescribeRefusal, SaysWhatIsWrong) {
  EXPECT_EQ(describe_refusal(GetParam().error), GetParam().sentence);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Codes, DescribeRefusal, testing::Values(
    Row{{Code::not_an_image, Where::image, 0xFF, 0xE9}, "erased, no image"},
    Row{{Code::not_an_image, Where::image, 0x3C, 0xE9}, "no image, it begins with 3c"},
    Row{{Code::wrong_chip, Where::image, 9, 5}, "built for esp32s3"},
    Row{{Code::wrong_chip, Where::image, 18242, 5}, "built for unknown chip"},
    Row{{Code::not_an_app, Where::image, 0x3FCD5710}, "a bootloader, not an app"},
    Row{{Code::wrong_revision, Where::image, 301, 4}, "image allows revision v3.1 and up, the chip has v0.4"},
    Row{{Code::wrong_revision, Where::image, 199u << 16 | 100, 301}, "image allows revision v1.0 to v1.99, the chip has v3.1"},
    Row{{Code::wrong_revision, Where::image, 25185, 0, Reason::block_revision},
        "image allows eFuse block revision v251.85 and up, the chip has v0.0"},
    Row{{Code::malformed, Where::image}, "image breaks the format's rules"},
    Row{{Code::malformed, Where::image, 7, 8, Reason::no_app_descriptor},
        "no app descriptor, which this chip's bootloader needs"},
    Row{{Code::malformed, Where::image, 0x60000000, 8, Reason::load_address},
        "a segment is loaded to 0x60000000, where the chip has no memory or the bootloader itself is"},
    Row{{Code::too_big, Where::image, 2, 1}, "image larger than its partition"},
    Row{{Code::too_big, Where::table, 2, 1, Reason::app_partition}, "its partition is larger than 16 MiB"},
    Row{{Code::bad_checksum, Where::image}, "image checksum wrong"},
    Row{{Code::bad_hash, Where::image}, "image SHA-256 wrong"},
    Row{{Code::secure_version_low, Where::image, 1, 2}, "secure version 1 below the eFuse counter 2"},
    Row{{Code::flash, Where::device}, "the flash does not answer"},
    Row{{Code::size_mismatch, Where::image}, "size_mismatch"}));
// clang-format on

TEST(DescribeRecord, SaysWhatTheRecordIs) {
  const auto record = [](std::uint32_t seq, OtaState state) {
    return format::parse_ota_record(format::make_ota_record(seq, state));
  };
  EXPECT_EQ(describe_record(0, {}, 2), "record 0: empty");
  EXPECT_EQ(describe_record(1, record(4, OtaState::new_image), 2),
            "record 1: seq 4 for ota_1, new");
  EXPECT_EQ(describe_record(1, record(4, OtaState::valid), 0), "record 1: seq 4, valid");
  format::OtaRecord damaged = record(4, static_cast<OtaState>(9));
  damaged.crc ^= 1;
  EXPECT_EQ(describe_record(0, damaged, 3), "record 0: seq 4 for ota_0, unknown, crc wrong");
}

}  // namespace
}  // namespace updraft::sim
