#include "ports/linux/http_get_link.hpp"

#include <gtest/gtest.h>

namespace updraft::linux_port {
namespace {

struct Row {
  const char* name;
  std::string_view answer;  // before the server ends its side
  std::optional<Code> code;
};

class HttpGetLinkEnd : public testing::TestWithParam<Row> {};

TEST_P(HttpGetLinkEnd, IsJudgedByWhatCameBeforeIt) {
  const Row& row = GetParam();
  HttpGetLink link("127.0.0.1", "/ota/status");
  link.on_connected(Instant{});
  if (!row.answer.empty()) link.on_bytes(as_bytes(row.answer), Instant{});
  link.on_peer_done(Instant{});
  EXPECT_EQ(link.phase(), link::Phase::closed);
  ASSERT_EQ(link.outcome().has_value(), !row.code);
  if (row.code) {
    EXPECT_EQ(link.outcome().error().code, *row.code);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Answers, HttpGetLinkEnd,
    testing::Values(Row{"nothing", "", Code::aborted},
                    Row{"half_a_head", "HTTP/1.1 200 OK\r\nServer: x", Code::aborted},
                    Row{"half_a_body", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{",
                        Code::aborted},
                    Row{"body_until_the_end", "HTTP/1.1 200 OK\r\n\r\n{}", std::nullopt},
                    Row{"no_such_page", "HTTP/1.1 404 Not Found\r\n\r\n", Code::http_status}),
    [](const auto& row) { return std::string(row.param.name); });

// Beast's parser asserts where less than a whole last chunk arrives after its first line.
TEST(HttpGetLink, TakesAChunkedAnswerCutAnywhere) {
  constexpr std::string_view kAnswer =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
  constexpr std::string_view kEmpty =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (const std::string_view answer : {kAnswer, kEmpty}) {
    for (std::size_t first = 1; first < answer.size(); ++first) {
      for (std::size_t second = first; second < answer.size(); ++second) {
        HttpGetLink link("127.0.0.1", "/ota/status");
        link.on_connected(Instant{});
        link.on_bytes(as_bytes(answer.substr(0, first)), Instant{});
        if (second > first) {
          link.on_bytes(as_bytes(answer.substr(first, second - first)), Instant{});
        }
        ASSERT_EQ(link.phase(), link::Phase::open);
        link.on_bytes(as_bytes(answer.substr(second)), Instant{});
        ASSERT_TRUE(link.outcome().has_value()) << first << " " << second;
        EXPECT_EQ(link.body(), answer == kEmpty ? "" : "{}");
      }
    }
  }
}

}  // namespace
}  // namespace updraft::linux_port
