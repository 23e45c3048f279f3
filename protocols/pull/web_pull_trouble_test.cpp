// What a server, a proxy or a link does wrong to a device that fetches: its code, and nothing
// changed.
#include <chrono>
#include <functional>

#include <gtest/gtest.h>

#include "protocols/pull/web_pull.hpp"
#include "protocols/pull/web_pull_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

struct Wrong {
  const char* name;
  std::function<Said(const FileServer&, const Asked&)> answer;
  Code code;
  Reason reason = Reason::none;
  bool begun = false;  // the first sector was taken before it
};

// The second answer, with one thing wrong.
Said spoiled(const FileServer& files, const Asked& asked, const std::string& from,
             const std::string& to) {
  const Said said = files.answer(asked);
  return is_first(asked) ? said : Said{with(said.bytes, from, to)};
}

const Wrong kWrong[] = {
    {"not found", [](auto&, auto&) { return Said{"HTTP/1.1 404 Not Found\r\n\r\n"}; },
     Code::http_status},
    {"broken", [](auto&, auto&) { return Said{"HTTP/1.1 500 \r\n\r\n"}; }, Code::http_status},
    {"a status nobody knows", [](auto&, auto&) { return Said{"HTTP/1.1 299 Odd\r\n\r\n"}; },
     Code::http_status},
    {"304 that nobody asked for",
     [](auto&, auto&) { return Said{"HTTP/1.1 304 Not Modified\r\n\r\n"}; }, Code::http_status},
    {"no HTTP", [](auto&, auto&) { return Said{"SSH-2.0-OpenSSH\r\n"}; }, Code::protocol,
     Reason::web_head},
    {"a head without end",
     [](auto&, auto&) {
       std::string said = "HTTP/1.1 200 OK\r\n";
       while (said.size() < 100'000) said += "X-More: of it\r\n";
       return Said{said};
     },
     Code::protocol, Reason::web_head},
    {"packed",
     [](auto& files, auto& asked) {
       return Said{with(files.answer(asked).bytes, "ETag", "Content-Encoding: gzip\r\nETag")};
     },
     Code::protocol, Reason::web_packed},
    {"a login", [](auto&, auto&) { return Said{"HTTP/1.1 401 Unauthorized\r\n\r\n"}; },
     Code::auth_failed, Reason::web_login},
    {"an empty file",
     [](auto&, auto&) { return Said{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}; },
     Code::payload_missing},
    {"an empty file, by range",
     [](auto&, auto&) { return Said{"HTTP/1.1 416 No\r\nContent-Range: bytes */0\r\n\r\n"}; },
     Code::payload_missing},
    {"a part without its range",
     [](auto& f, auto& a) { return Said{with(f.answer(a).bytes, "Content-Range", "X-Range")}; },
     Code::protocol, Reason::web_range},
    {"to http",
     [](auto&, auto&) {
       return Said{"HTTP/1.1 302 Found\r\nLocation: http://updates.example/a\r\n\r\n"};
     },
     Code::http_status, Reason::web_insecure},
    {"in circles",
     [](auto&, auto&) { return Said{"HTTP/1.1 302 Found\r\nLocation: /lamp/app.bin\r\n\r\n"}; },
     Code::http_status, Reason::web_redirects},
    {"to nowhere", [](auto&, auto&) { return Said{"HTTP/1.1 307 Go\r\n\r\n"}; }, Code::protocol,
     Reason::web_head},
    {"to a login in a URL",
     [](auto&, auto&) { return Said{"HTTP/1.1 302 Go\r\nLocation: https://a:b@h/x\r\n\r\n"}; },
     Code::protocol, Reason::web_head},
    {"a length twice",
     [](auto& f, auto& a) {
       return Said{with(f.answer(a).bytes, "ETag", "Content-Length: 1\r\nETag")};
     },
     Code::protocol, Reason::web_head},
    {"a wrong beginning",
     [](auto& f, auto& a) { return spoiled(f, a, "bytes 4096-", "bytes 4097-"); }, Code::protocol,
     Reason::web_range, true},
    {"a wrong end", [](auto& f, auto& a) { return spoiled(f, a, "-9999/", "-9998/"); },
     Code::protocol, Reason::web_range, true},
    {"another size", [](auto& f, auto& a) { return spoiled(f, a, "/10000", "/10001"); },
     Code::size_mismatch, Reason::web_changed, true},
    {"a length that contradicts",
     [](auto& f, auto& a) { return spoiled(f, a, "Length: 5904", "Length: 5903"); }, Code::protocol,
     Reason::web_range, true},
    {"another file in a part", [](auto& f, auto& a) { return spoiled(f, a, "\"v1\"", "\"v2\""); },
     Code::size_mismatch, Reason::web_changed, true},
    {"packed in the middle",
     [](auto& f, auto& a) { return spoiled(f, a, "ETag", "Content-Encoding: br\r\nETag"); },
     Code::protocol, Reason::web_packed, true},
    {"416 in the middle",
     [](auto& f, auto& a) {
       return is_first(a) ? f.answer(a) : Said{"HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n"};
     },
     Code::size_mismatch, Reason::none, true},
    {"204 in the middle",
     [](auto& f, auto& a) { return is_first(a) ? f.answer(a) : Said{"HTTP/1.1 204 No\r\n\r\n"}; },
     Code::http_status, Reason::none, true},
};

TEST(WebPull, WhateverIsWrongHasItsCodeAndChangesNothing) {
  for (const Wrong& row : kWrong) {
    SCOPED_TRACE(row.name);
    OneServer it;
    it.bench.server = [&](const Asked& asked) { return row.answer(it.files, asked); };
    it.start();
    it.bench.run(5s);
    ASSERT_FALSE(it.bench.log.last);
    EXPECT_EQ(it.bench.log.last.error().code, row.code) << it.bench.log.words;
    EXPECT_EQ(it.bench.log.last.error().reason, row.reason);
    const std::string code(name(row.code));
    EXPECT_EQ(it.intake.calls, row.begun ? "begin abort:" + code : "");
    EXPECT_EQ(it.intake.reports, row.begun ? "" : code);
    EXPECT_EQ(it.intake.misuse, "");
    EXPECT_GE(it.bench.log.next_in, row.code == Code::auth_failed ? 48min : 15s) << "and it waits";
  }
}

TEST(WebPull, SilenceIsATimeoutWhereverItBegins) {
  struct SilenceRow {
    std::size_t after;  // bytes of the first answer
    Millis within;
  };
  for (const SilenceRow row : {SilenceRow{0, kPullFirstHeadMs}, SilenceRow{20, kPullFirstHeadMs},
                               SilenceRow{300, kPullSilenceMs}}) {
    OneServer it;
    it.bench.server = [&](const Asked& asked) -> Said {
      return {it.files.answer(asked).bytes.substr(0, row.after), Said::silence};
    };
    it.start();
    const Instant before = it.bench.now;
    it.bench.once();
    EXPECT_EQ(it.bench.log.last.error().code, Code::timeout);
    EXPECT_EQ(it.bench.now - before, row.within);
  }
}

TEST(WebPull, AServerThatDripsIsGivenUp) {
  OneServer it;
  it.start();
  ASSERT_TRUE(it.bench.pull.turn(it.bench.now));
  Link& link = it.bench.pull.link();
  std::array<std::byte, 4096> room{};
  link.on_connected(it.bench.now);
  while (link.write_to(room) != 0) {
  }
  const std::string said = it.files.whole();
  const Instant before = it.bench.now;
  std::size_t at = said.find("\r\n\r\n") + 4;
  link.on_bytes(as_bytes(said.substr(0, at)), it.bench.now);
  link.on_waiting(it.bench.now);
  while (link.phase() == Phase::open && at < said.size()) {
    it.bench.now += 5s;
    if (*link.deadline() <= it.bench.now) {
      link.on_deadline(it.bench.now);
      continue;
    }
    link.on_bytes(as_bytes(said.substr(at++, 1)), it.bench.now);
    link.on_waiting(it.bench.now);
  }
  EXPECT_EQ(link.outcome().error().code, Code::timeout);
  EXPECT_LE(it.bench.now - before, kPullPaceMs + 5s);
}

TEST(WebPull, TimeThatTheFlashTakesIsNoSilence) {
  OneServer it;
  it.start();
  ASSERT_TRUE(it.bench.pull.turn(it.bench.now));
  Link& link = it.bench.pull.link();
  link.on_connected(it.bench.now);
  link.on_bytes(as_bytes(it.files.whole().substr(0, 9'000)), it.bench.now);
  it.bench.now += 10min;
  link.on_waiting(it.bench.now);
  EXPECT_GE(*link.deadline(), it.bench.now + kPullSilenceMs);
}

}  // namespace
}  // namespace updraft::link
