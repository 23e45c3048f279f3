#include "protocols/pull/response_head.hpp"

#include <string>

#include <gtest/gtest.h>

namespace updraft::link {
namespace {

struct ReadHead {
  ResponseHeadParser parser;
  Result<std::size_t> taken = std::size_t{0};
};

// In pieces of `chunk` bytes; stops at the head's end or an error.
ReadHead read_head(std::string_view text, std::size_t chunk = 4096) {
  ReadHead read;
  read.parser.reset();
  std::size_t all = 0;
  while (!text.empty() && !read.parser.done()) {
    const std::string_view piece = text.substr(0, chunk);
    read.taken = read.parser.take(as_bytes(piece));
    if (!read.taken) return read;
    all += *read.taken;
    text.remove_prefix(piece.size());
  }
  read.taken = all;
  return read;
}

constexpr std::string_view kPart =
    "HTTP/1.1 206 Partial Content\r\nServer: nginx\r\nContent-Type: application/octet-stream\r\n"
    "content-length: 4096\r\nConnection: keep-alive\r\nETag: \"692ad3c0-186a0\"\r\n"
    "Last-Modified:Sun, 29 Nov 2026 10:00:00 GMT \r\nContent-Range: bytes 0-4095/100000\r\n\r\n";

TEST(ResponseHead, ReadsWhatAPlainServerSays) {
  for (const std::size_t chunk : {1u, 2u, 7u, 4096u}) {
    const ReadHead got = read_head(std::string(kPart) + "BODY", chunk);
    ASSERT_TRUE(got.taken);
    ASSERT_TRUE(got.parser.done());
    EXPECT_EQ(*got.taken, kPart.size());
    const ResponseHead& head = got.parser.head();
    EXPECT_EQ(head.status, 206u);
    EXPECT_EQ(head.length, 4096u);
    EXPECT_FALSE(head.closes);
    EXPECT_FALSE(head.chunked);
    EXPECT_EQ(head.validators.etag.view(), "\"692ad3c0-186a0\"");
    EXPECT_EQ(head.validators.modified.view(), "Sun, 29 Nov 2026 10:00:00 GMT");
    ASSERT_TRUE(head.range);
    EXPECT_EQ(head.range->first, 0u);
    EXPECT_EQ(head.range->last, 4095u);
    EXPECT_EQ(head.range->total, 100'000u);
  }
}

TEST(ResponseHead, CutAnywhereItIsNotDone) {
  for (std::size_t size = 0; size < kPart.size(); ++size) {
    const ReadHead got = read_head(kPart.substr(0, size));
    ASSERT_TRUE(got.taken) << size;
    ASSERT_FALSE(got.parser.done()) << size;
  }
}

TEST(ResponseHead, PassesOverAnswersInBetween) {
  const ReadHead got = read_head(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nETag: \"a\"\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
  ASSERT_TRUE(got.parser.done());
  EXPECT_EQ(got.parser.head().status, 200u);
  EXPECT_TRUE(got.parser.head().validators.empty()) << "that field was of another answer";
}

struct HeadRow {
  std::string_view head;
  bool sound;
  Reason reason = Reason::web_head;
};
constexpr HeadRow kHeadRows[] = {
    {"HTTP/1.1 200\r\n\r\n", true},
    {"HTTP/1.1 200 \r\n\r\n", true},
    {"HTTP/1.0 200 OK\r\n\r\n", true},
    {"HTTP/1.1 200 \xC3\xA9t\xC3\xA9\r\n\r\n", true},
    {"HTTP/1.1 200 OK\r\nX: \r\n\r\n", true},
    {"HTTP/1.1 200 OK\r\nX: a\tb\r\n\r\n", true},
    {"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n\r\n", true},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true},
    {"HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999\r\n\r\n", true},
    {"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: x\r\n\r\n", true},
    {"HTTP/2 200\r\n\r\n", false},
    {"http/1.1 200\r\n\r\n", false},
    {"HTTP/1.2 200 OK\r\n\r\n", false},
    {" HTTP/1.1 200 OK\r\n\r\n", false},
    {"HTTP/1.1  200 OK\r\n\r\n", false},
    {"HTTP/1.1 20 OK\r\n\r\n", false},
    {"HTTP/1.1 2000 OK\r\n\r\n", false},
    {"HTTP/1.1 099 OK\r\n\r\n", false},
    {"HTTP/1.1 600 OK\r\n\r\n", false},
    {"HTTP/1.1 101 Switching\r\n\r\n", false},
    {"HTTP/1.1 200 OK\n\r\n", false},
    {"HTTP/1.1 200 OK\r\n\n", false},
    {"HTTP/1.1 200 OK\rX: a\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nX: a\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nX : a\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\n: a\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nX\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nX: \x01\r\n\r\n", false},
    {{"HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", 25}, false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 0x10\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", false},
    {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false},
    {"HTTP/1.1 302 Go\r\nLocation: /a\r\nLocation: /b\r\n\r\n", false},
    {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", false, Reason::web_packed},
    {"HTTP/1.1 200 OK\r\nContent-Encoding: identity, br\r\n\r\n", false, Reason::web_packed},
};

TEST(ResponseHead, IsStrictWhereTwoReadersCouldDisagree) {
  for (const HeadRow& row : kHeadRows) {
    for (const std::size_t chunk : {1u, 4096u}) {
      const ReadHead got = read_head(row.head, chunk);
      EXPECT_EQ(got.taken && got.parser.done(), row.sound) << row.head;
      if (row.sound || got.taken) continue;
      EXPECT_EQ(got.taken.error().code, Code::protocol);
      EXPECT_EQ(got.taken.error().reason, row.reason) << row.head;
    }
  }
}

TEST(ResponseHead, RangesThatMakeNoSenseAreNone) {
  for (const std::string_view range :
       {"bytes 0-4095/*", "bytes */100", "bytes 5-4/100", "bytes 0-100/100", "items 0-1/2",
        "bytes 0-1", "bytes -1/2", "bytes 0-/2", "bytes=0-1/2", "bytes 0/1-2", "bytes 0-1/2/3",
        "bytes 1-2/99999999999999999999"}) {
    const ReadHead got =
        read_head("HTTP/1.1 206 OK\r\nContent-Range: " + std::string(range) + "\r\n\r\n");
    ASSERT_TRUE(got.parser.done()) << range;
    EXPECT_FALSE(got.parser.head().range) << range;
  }
}

TEST(ResponseHead, ItsLimitIsTheLastByteThatIsTaken) {
  const std::string start = "HTTP/1.1 200 OK\r\nX: ";
  const std::string end = "\r\n\r\n";
  const auto of = [&](std::size_t size) {
    return start + std::string(size - start.size() - end.size(), 'a') + end;
  };
  EXPECT_TRUE(read_head(of(kPullHeadBytes)).parser.done());
  const ReadHead more = read_head(of(kPullHeadBytes + 1));
  ASSERT_FALSE(more.taken);
  EXPECT_EQ(more.taken.error().reason, Reason::web_head);
  const ReadHead in_between = read_head("HTTP/1.1 100 Continue\r\n\r\n" + of(kPullHeadBytes - 20));
  EXPECT_FALSE(in_between.taken) << "those in between count";
}

TEST(ResponseHead, WhatIsTooLongToKeepIsNotKept) {
  const std::string tag(kPullEtagBytes - 2, 'e');
  EXPECT_FALSE(read_head("HTTP/1.1 200 OK\r\nETag: \"" + tag + "\"\r\n\r\n")
                   .parser.head()
                   .validators.etag.empty());
  EXPECT_TRUE(read_head("HTTP/1.1 200 OK\r\nETag: \"" + tag + "e\"\r\n\r\n")
                  .parser.head()
                  .validators.etag.empty());
  EXPECT_TRUE(read_head("HTTP/1.1 200 OK\r\nETag: no-quotes\r\n\r\n")
                  .parser.head()
                  .validators.etag.empty());
  const std::string path(kWebUrlBytes - 1, 'p');
  EXPECT_EQ(
      read_head("HTTP/1.1 302 Go\r\nLocation: /" + path + "\r\n\r\n").parser.location().size(),
      kWebUrlBytes);
  EXPECT_EQ(read_head("HTTP/1.1 302 Go\r\nLocation: /p" + path + "\r\n\r\n").parser.location(), "");
}

TEST(ResponseHead, WaitsThatServersAskForHaveALimit) {
  const auto head = [](std::string_view field) {
    return read_head("HTTP/1.1 503 No\r\n" + std::string(field) + "\r\n\r\n").parser.head();
  };
  EXPECT_EQ(head("Retry-After: 120").retry_after, 120u);
  EXPECT_EQ(head("Retry-After: 999999").retry_after, 86'400u);
  EXPECT_EQ(head("Retry-After: Sun, 29 Nov 2026 10:00:00 GMT").retry_after, std::nullopt);
  EXPECT_EQ(head("Updraft-Poll: 9999999").poll_after, 604'800u);
}

TEST(ResponseHead, AConnectionThatCloses) {
  EXPECT_TRUE(read_head("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n").parser.head().closes);
  EXPECT_TRUE(
      read_head("HTTP/1.1 200 OK\r\nConnection: upgrade, CLOSE\r\n\r\n").parser.head().closes);
  EXPECT_FALSE(read_head("HTTP/1.1 200 OK\r\nConnection: closed\r\n\r\n").parser.head().closes);
}

}  // namespace
}  // namespace updraft::link
