#include "engine/codec/stream_header.hpp"

#include <gtest/gtest.h>

#include "engine/codec/deflated_samples.hpp"
#include "engine/codec/inflater.hpp"

namespace updraft::codec {
namespace {

struct Row {
  const char* name;
  std::vector<int> bytes;
  int ends;  // bytes that the head has; below 0: refused at that byte, -1 is the first
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

std::vector<std::byte> bytes_of(const std::vector<int>& values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

class StreamHeaderRow : public testing::TestWithParam<Row> {};

TEST_P(StreamHeaderRow, IsReadInAnyPieces) {
  const Row& row = GetParam();
  std::vector<std::byte> bytes = bytes_of(row.bytes);
  bytes.resize(bytes.size() + 3, std::byte{0x55});
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, bytes.size()}) {
    StreamHeader header;
    Result<> taken;
    std::size_t used = 0;
    while (taken && !header.done() && used < bytes.size()) {
      Bytes part = Bytes(bytes).subspan(used).first(std::min(step, bytes.size() - used));
      const std::size_t offered = part.size();
      taken = header.take(part);
      used += offered - part.size();
    }
    if (row.ends < 0) {
      const auto at = static_cast<std::uint64_t>(-row.ends - 1);
      ASSERT_FALSE(taken);
      EXPECT_EQ(taken.error(), (Error{Code::malformed, Where::inflate, at}));
    } else {
      ASSERT_TRUE(taken);
      EXPECT_TRUE(header.done());
      EXPECT_EQ(used, static_cast<std::size_t>(row.ends));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Heads, StreamHeaderRow,
    testing::Values(
        Row{"zlib", {0x78, 0x9C}, 2}, Row{"zlib_small_window", {0x08, 0x1D}, 2},
        Row{"zlib_bad_check", {0x78, 0x9D}, -2}, Row{"zlib_window_too_large", {0x88, 0x1C}, -1},
        Row{"zlib_other_method", {0x79, 0x9C}, -1}, Row{"zlib_dictionary", {0x78, 0xBB}, -2},
        Row{"gzip", {0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 0, 3}, 10},
        Row{"gzip_text_flag", {0x1F, 0x8B, 8, 1, 1, 2, 3, 4, 0, 3}, 10},
        Row{"gzip_other_magic", {0x1F, 0x8C}, -2}, Row{"gzip_other_method", {0x1F, 0x8B, 7}, -3},
        Row{"gzip_reserved_flag", {0x1F, 0x8B, 8, 0x20}, -4},
        Row{"gzip_name", {0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 3, 'a', 'b', 0}, 13},
        Row{"gzip_empty_name", {0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 3, 0}, 11},
        Row{"gzip_comment", {0x1F, 0x8B, 8, 16, 0, 0, 0, 0, 0, 3, 'c', 0}, 12},
        Row{"gzip_name_and_comment", {0x1F, 0x8B, 8, 24, 0, 0, 0, 0, 0, 3, 'a', 0, 'c', 0}, 14},
        Row{"gzip_extra", {0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9}, 14},
        Row{"gzip_empty_extra", {0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 3, 0, 0}, 12},
        Row{"gzip_all_but_crc",
            {0x1F, 0x8B, 8, 0x1C, 0, 0, 0, 0, 0, 3, 1, 0, 9, 'n', 0, 'c', 0},
            17},
        Row{"gzip_wrong_crc", {0x1F, 0x8B, 8, 2, 0, 0, 0, 0, 0, 3, 0, 0}, -12}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(StreamHeader, TakesEveryPartThatZlibWrites) {
  Bytef extra[] = {1, 2, 3}, name[] = "app.bin", comment[] = "release";
  gz_header head{};
  head.extra = extra;
  head.extra_len = sizeof extra;
  head.name = name;
  head.comment = comment;
  head.hcrc = 1;
  auto stream =
      samples::deflated(samples::mixed(100), samples::Wrapping::gzip, 9, Z_DEFAULT_STRATEGY, &head);
  StreamHeader header;
  Bytes in = stream;
  ASSERT_TRUE(header.take(in));
  EXPECT_TRUE(header.done());
  EXPECT_EQ(header.format(), StreamFormat::gzip);
  Room<inflate_memory(kInflateWindow)> room;
  Inflater inflater(room);
  ASSERT_TRUE(inflater.start(header.window()));
  EXPECT_EQ(inflater.next(in)->size(), 100u);

  stream[12] ^= std::byte{1};
  header.reset();
  in = stream;
  EXPECT_EQ(header.take(in).error().code, Code::malformed) << "the head has its own CRC";
}

TEST(StreamHeader, EndsWithinItsLimit) {
  for (const std::size_t size : {kGzipHeaderBytes, kGzipHeaderBytes + 1}) {
    auto bytes = bytes_of({0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 3});
    bytes.resize(size - 1, std::byte{'n'});
    bytes.push_back(std::byte{0});
    StreamHeader header;
    Bytes in = bytes;
    EXPECT_EQ(header.take(in).has_value(), size == kGzipHeaderBytes);
  }
  auto extra = bytes_of({0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 3, 0xFF, 0xFF});
  extra.resize(70'000);
  StreamHeader header;
  Bytes in = extra;
  EXPECT_EQ(header.take(in).error().found, kGzipHeaderBytes);
}

// gzip does not say how far it looks back.
TEST(StreamHeader, SaysTheWindow) {
  for (int bits = 9; bits <= 15; ++bits) {
    const auto stream = samples::deflated_within(samples::mixed(10), bits);
    StreamHeader header;
    Bytes in = stream;
    ASSERT_TRUE(header.take(in));
    ASSERT_TRUE(header.done());
    EXPECT_EQ(header.window(), std::size_t{1} << bits);
  }
  const auto gzip = samples::deflated_within(samples::mixed(10), 9 + 16);
  StreamHeader header;
  Bytes in = gzip;
  ASSERT_TRUE(header.take(in));
  EXPECT_EQ(header.window(), kMostWindow);
}

}  // namespace
}  // namespace updraft::codec
