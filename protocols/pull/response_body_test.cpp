#include "protocols/pull/response_body.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace updraft::link {
namespace {

// The body's bytes and what is behind them; nullopt: it is broken.
struct Got {
  std::string body, rest;
  bool done = false;
};
std::optional<Got> read_body(const ResponseHead& head, std::string_view text, std::size_t chunk) {
  ResponseBody body;
  body.begin(head);
  Got got;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, chunk);
    Bytes rx = as_bytes(part);
    while (!rx.empty() && !body.done()) {
      const Result<Bytes> piece = body.take(rx);
      if (!piece) return std::nullopt;
      got.body += as_text(*piece);
    }
    text.remove_prefix(part.size() - rx.size());
    if (body.done()) break;
  }
  got.rest = text;
  got.done = body.done();
  return got;
}

ResponseHead chunked() {
  ResponseHead head;
  head.chunked = true;
  return head;
}
ResponseHead counted(std::uint64_t length) {
  ResponseHead head;
  head.length = length;
  return head;
}

TEST(ResponseBody, SoManyBytesAndNoMore) {
  for (const std::size_t chunk : {1u, 3u, 100u}) {
    const auto got = read_body(counted(5), "hello world", chunk);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->body, "hello");
    EXPECT_TRUE(got->done);
  }
  ResponseBody none;
  none.begin(counted(0));
  EXPECT_TRUE(none.done());
  none.begin(counted(7), true);
  EXPECT_TRUE(none.done()) << "an answer that has none";
}

TEST(ResponseBody, WithoutALengthTheConnectionEndsIt) {
  ResponseBody body;
  body.begin({});
  EXPECT_TRUE(body.ends_with_connection());
  EXPECT_EQ(read_body({}, "all of it", 2)->body, "all of it");
  EXPECT_FALSE(read_body({}, "all of it", 2)->done);
}

struct ChunkRow {
  std::string_view text;
  std::optional<std::string_view> body;  // nullopt: broken
  bool done = true;
};
const std::string kLongLine = "1;" + std::string(kPullChunkLine + 1, 'x') + "\r\na\r\n0\r\n\r\n";
const std::string kLongTrailer = "0\r\n" + std::string(kPullTrailerBytes + 1, 'x') + "\r\n\r\n";
const ChunkRow kChunkRows[] = {
    {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
    {"A\r\n0123456789\r\n0\r\nX: y\r\nZ: w\r\n\r\n", "0123456789"},
    {"0001;a=b\r\nx\r\n000\r\n\r\n", "x"},
    {"1 \r\nx\r\n0\r\n\r\n", "x"},
    {"0\r\n\r\n", ""},
    {"5\r\nhel", "hel", false},
    {"5\r\nhello\r\n", "hello", false},
    {"0\r\n\r", "", false},
    {"", "", false},
    {"\r\n", std::nullopt},
    {"g\r\n", std::nullopt},
    {"-1\r\nx", std::nullopt},
    {"0x1\r\nx", std::nullopt},
    {"1\nx\r\n0\r\n\r\n", std::nullopt},
    {"1\r\nxy\r\n0\r\n\r\n", std::nullopt},
    {"1\r\nx\n0\r\n\r\n", std::nullopt},
    {"000000001\r\nx", std::nullopt},
    {"1;\x01\r\nx", std::nullopt},
    {"0\r\n\n", std::nullopt},
    {"0\r\nX: y\n\r\n", std::nullopt},
    {kLongLine, std::nullopt},
    {kLongTrailer, std::nullopt},
};

TEST(ResponseBody, ChunksAreReadStrictly) {
  for (const ChunkRow& row : kChunkRows) {
    for (const std::size_t chunk : {1u, 2u, 4096u}) {
      const auto got = read_body(chunked(), row.text, chunk);
      ASSERT_EQ(got.has_value(), row.body.has_value()) << row.text;
      if (!got) continue;
      EXPECT_EQ(got->body, *row.body) << row.text;
      EXPECT_EQ(got->done, row.done) << row.text;
    }
  }
}

TEST(ResponseBody, WhatIsBehindTheLastChunkIsNotTaken) {
  EXPECT_EQ(read_body(chunked(), "1\r\nx\r\n0\r\n\r\nHTTP/1.1", 100)->rest, "HTTP/1.1");
}

}  // namespace
}  // namespace updraft::link
