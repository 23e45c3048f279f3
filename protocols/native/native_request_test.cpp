// Heads of requests: each call, and what is none.
#include "protocols/native/native_request.hpp"

#include <gtest/gtest.h>

namespace updraft::link {
namespace {

struct Right {
  std::string head;
  NativeCall call;
};
struct Wrong {
  std::string head;
  std::uint16_t status;
};

std::string head_of(const std::string& line, const std::string& fields = "") {
  return line + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

TEST(NativeRequest, EachCallHasItsPath) {
  const std::string base = "/updraft/v1", session = base + "/session/9f3c52d07be11a64";
  const std::string length = "Content-Length: 32\r\n";
  for (const Right& row : {
           Right{head_of("GET " + base + "/device"), NativeCall::device},
           Right{head_of("POST " + base + "/session", length), NativeCall::open},
           Right{head_of("GET " + session), NativeCall::need},
           Right{head_of("DELETE " + session), NativeCall::drop},
           Right{head_of("POST " + session + "/apply"), NativeCall::apply},
           Right{head_of("PUT " + session + "/0/page/3", length), NativeCall::page},
           Right{head_of("PUT " + session + "/0/data?from=4096", length), NativeCall::data},
           Right{head_of("GET " + base + "/events?after=3&wait=5"), NativeCall::events},
           Right{head_of("POST " + base + "/confirm"), NativeCall::confirm},
           Right{head_of("POST " + base + "/rollback", "Content-Length: 0\r\n"),
                 NativeCall::roll_back},
           Right{head_of("POST " + base + "/restart"), NativeCall::restart},
           Right{head_of("PUT " + base + "/keyset", length), NativeCall::key_set},
           Right{head_of("POST " + base + "/arm?seconds=60"), NativeCall::arm},
           Right{head_of("POST " + base + "/unpair"), NativeCall::unpair},
       }) {
    const Result<NativeRequest> read = parse_native_request(row.head);
    ASSERT_TRUE(read) << row.head;
    EXPECT_EQ(read->call, row.call) << row.head;
  }
}

TEST(NativeRequest, TakesTheNumbersOfThePath) {
  const auto data = parse_native_request(head_of(
      "PUT /updraft/v1/session/9f3c52d07be11a64/2/data?from=4096", "Content-Length: 7\r\n"));
  ASSERT_TRUE(data);
  EXPECT_EQ(data->part, 2u);
  EXPECT_EQ(data->from, 4096u);
  EXPECT_EQ(data->length, 7u);
  EXPECT_EQ(load_be(data->session), 0x9f3c52d07be11a64u);
  const auto apply = parse_native_request(head_of(
      "POST /updraft/v1/session/0000000000000000/apply?restart=1", "Connection: close\r\n"));
  ASSERT_TRUE(apply);
  EXPECT_TRUE(apply->restart);
  EXPECT_TRUE(apply->closes);
}

TEST(NativeRequest, RefusesTheRest) {
  const std::string base = "/updraft/v1", session = base + "/session/9f3c52d07be11a64";
  const auto length = [](std::uint64_t bytes) {
    return "Content-Length: " + std::to_string(bytes) + "\r\n";
  };
  for (const Wrong& row : {
           Wrong{head_of("GET /"), 404},
           Wrong{head_of("GET " + base), 404},
           Wrong{head_of("GET " + base + "/device/"), 404},
           Wrong{head_of("POST " + base + "/device"), 404},
           Wrong{head_of("GET " + base + "/session/9f3c52d07be11a6"), 404},
           Wrong{head_of("PUT " + session + "/x/page/0", length(32)), 404},
           Wrong{head_of("PUT " + session + "/0/page/99999999999999999999", length(32)), 404},
           Wrong{"GET " + base + "/device HTTP/1.0\r\n\r\n", 400},
           Wrong{"GET " + base + "/device\r\n\r\n", 400},
           Wrong{"\r\n", 400},
           Wrong{head_of("GET " + base + "/device", "no colon\r\n"), 400},
           Wrong{head_of("GET " + base + "/device", "a: b\nc: d\r\n"), 400},
           Wrong{head_of("GET " + base + "/device", "a: b\rc\r\n"), 400},
           Wrong{head_of("POST " + base + "/arm?seconds=-1"), 400},
           Wrong{head_of("POST " + base + "/session"), 411},
           Wrong{head_of("POST " + base + "/session", "Transfer-Encoding: chunked\r\n"), 411},
           Wrong{head_of("POST " + base + "/session", "Transfer-Encoding: chunked\r\n" + length(5)),
                 400},
           Wrong{head_of("POST " + base + "/session", length(5) + length(6)), 400},
           Wrong{head_of("POST " + base + "/session", "Content-Length: -5\r\n"), 400},
           Wrong{head_of("POST " + base + "/session", length(kNativeHeadBytes + 1)), 413},
           Wrong{head_of("PUT " + base + "/keyset", length(kNativeKeySetBytes + 1)), 413},
           Wrong{head_of("PUT " + session + "/0/data?from=0", length(kNativeDataBytes + 1)), 413},
           Wrong{head_of("PUT " + session + "/0/data?from=0", length(~std::uint64_t{0})), 413},
           Wrong{head_of("GET " + base + "/device", length(1)), 413},
       }) {
    const Result<NativeRequest> read = parse_native_request(row.head);
    ASSERT_FALSE(read) << row.head;
    EXPECT_EQ(native_status(read.error()), row.status) << row.head;
  }
}

}  // namespace
}  // namespace updraft::link
