#include "protocols/req/req_server.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/req/req_samples.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

// A server of one file on virtual time; each write is kept by itself.
class ReqServerBench {
 public:
  explicit ReqServerBench(std::size_t size = samples::kReqFile) : file(samples::image(size)) {
    server.on_connected(now);
    take();
  }

  void ask(std::string_view words, std::size_t chunk = 0) {
    while (!words.empty()) {
      const std::string_view part = words.substr(0, chunk == 0 ? words.size() : chunk);
      server.on_bytes(as_bytes(part), now);
      take();
      words.remove_prefix(part.size());
    }
  }
  void next(std::size_t times = 1) {
    for (std::size_t i = 0; i < times; ++i) ask(kReqNext);
  }
  void wait(Millis time) {
    const Instant until = now + time;
    while (!closed() && server.deadline().value() <= until) {
      now = std::max(now, *server.deadline());
      server.on_deadline(now);
      take();
    }
    if (!closed()) now = until;
  }
  bool closed() const { return server.phase() == Phase::closed; }
  std::string end() const {
    if (!closed()) return "open";
    return word(server.outcome());
  }

  std::vector<std::byte> file;
  MemorySource source{file};
  ReqServer server{source};
  std::vector<std::string> said;
  Instant now{std::chrono::hours(7)};
  Instant connected_at = now;

 private:
  void take() {
    std::byte room[4096];
    while (const std::size_t size = server.write_to(room)) {
      said.push_back(samples::text(Bytes(room).first(size)));
    }
    server.on_waiting(now);
  }
};

TEST(ReqServerRecorded, SendsWhatTheOriginalSendsOnePackageAWrite) {
  ReqServerBench bench;
  EXPECT_TRUE(bench.said.empty()) << "it speaks only when asked";
  bench.next(samples::kReqPackages);
  EXPECT_EQ(bench.said, samples::req_packages(bench.file));
  EXPECT_EQ(bench.said[0].size(), 540u);
  EXPECT_EQ(bench.server.sent(), 8000u);
  EXPECT_EQ(bench.end(), "open");
}

TEST(ReqServerRecorded, TakesRequestsHoweverTheyAreCutAndJoined) {
  std::string all;
  for (std::size_t i = 0; i < samples::kReqPackages; ++i) all += kReqNext;
  for (std::size_t chunk = 1; chunk <= all.size(); ++chunk) {
    ReqServerBench bench;
    bench.ask(all, chunk);
    ASSERT_EQ(bench.said, samples::req_packages(bench.file)) << "chunk " << chunk;
  }
}

TEST(ReqServerRules, RepeatsThePackageByteForByte) {
  ReqServerBench bench;
  bench.next(2);
  bench.ask(kReqAgain);
  bench.ask(kReqAgain);
  bench.next();
  const auto packages = samples::req_packages(bench.file);
  EXPECT_EQ(bench.said,
            (std::vector{packages[0], packages[1], packages[1], packages[1], packages[2]}));
  EXPECT_EQ(bench.server.sent(), 3 * 512u);
}

TEST(ReqServerRules, RepeatsTheLastPackageToo) {
  ReqServerBench bench;
  bench.next(samples::kReqPackages);
  bench.ask(kReqAgain);
  EXPECT_EQ(bench.said.size(), samples::kReqPackages + 1);
  EXPECT_EQ(bench.said.back(), bench.said[samples::kReqPackages - 1]);
  EXPECT_EQ(bench.end(), "open");
}

TEST(ReqServerRules, TakesReq1BeforeTheFirstPackageAsReq0) {
  ReqServerBench bench;
  bench.ask(kReqAgain);
  EXPECT_EQ(bench.said.at(0), samples::req_packages(bench.file)[0]);
}

TEST(ReqServerRules, SendsAPackageInPiecesWhereThereIsNoRoom) {
  ReqServerBench bench;
  ReqServer server(bench.source);
  server.on_connected(bench.now);
  server.on_bytes(as_bytes(kReqNext), bench.now);
  std::string said;
  std::byte one[1];
  while (server.write_to(one) == 1) said += static_cast<char>(one[0]);
  EXPECT_EQ(said, samples::req_packages(bench.file)[0]);
}

TEST(ReqServerRules, NeverWritesMoreThan545Bytes) {
  class Endless final : public Source {
   public:
    std::uint64_t size() const override { return kReqFileBytes; }
    std::size_t read(MutableBytes out) override { return out.size(); }
  } source;
  ReqServer server(source);
  server.on_connected({});
  server.on_bytes(as_bytes(kReqNext), {});
  std::byte room[4096];
  EXPECT_EQ(server.write_to(room), kReqWireBytes);
}

TEST(ReqServerRules, RefusesAFileThatTheProtocolCannotCarry) {
  class Huge final : public Source {
   public:
    std::uint64_t size() const override { return kReqFileBytes + 1; }
    std::size_t read(MutableBytes) override { return 0; }
  } huge;
  ReqServer server(huge);
  server.on_connected({});
  EXPECT_EQ(server.outcome().error().code, Code::too_big);
  EXPECT_EQ(ReqServerBench(0).end(), "payload_missing");
}

TEST(ReqServerRules, GivesUpWhenTheSourceIsCut) {
  class Short final : public Source {
   public:
    std::uint64_t size() const override { return 1000; }
    std::size_t read(MutableBytes) override { return 100; }
  } source;
  ReqServer server(source);
  server.on_connected({});
  server.on_bytes(as_bytes(kReqNext), {});
  std::byte room[4096];
  EXPECT_EQ(server.write_to(room), 0u);
  EXPECT_EQ(server.outcome().error().code, Code::size_mismatch);
}

TEST(ReqServerRules, NeedsNoMoreMemoryThanItSays) { EXPECT_LT(sizeof(ReqServer), 1024u); }

TEST(ReqServerRules, IsProvenByItsFirstRequest) {
  ReqServerBench bench;
  bench.ask("req0\r\n\r");
  EXPECT_FALSE(bench.server.proven());
  bench.ask("\n");
  EXPECT_TRUE(bench.server.proven());
}

// Bytes that are no request close the connection at the first wrong byte.
TEST(ReqServerRules, ClosesOnAnythingElse) {
  for (const char* words : {"x", "req2", "REQ0", "req0\n", "req0\r\n\r\r", "req00", "\r\n",
                            "GET / HTTP/1.1\r\n", "req0\r\n\r\nq"}) {
    ReqServerBench bench;
    bench.ask(words);
    EXPECT_EQ(bench.end(), "protocol") << words;
  }
}

TEST(ReqServerRules, ClosesOnAFloodOfRequests) {
  std::string flood;
  for (std::size_t i = 0; i <= kReqJoined; ++i) flood += kReqAgain;
  ReqServerBench bench;
  bench.ask(flood);
  EXPECT_EQ(bench.end(), "protocol");
  EXPECT_TRUE(bench.said.empty());
}

struct Scenario {
  const char* name;
  std::vector<std::function<void(ReqServerBench&)>> steps;
  std::string ends;
  Millis age{0};
};
void PrintTo(const Scenario& row, std::ostream* out) { *out << row.name; }

class ReqServerScenario : public testing::TestWithParam<Scenario> {};

TEST_P(ReqServerScenario, EndsAsItShould) {
  ReqServerBench bench;
  for (const auto& step : GetParam().steps) step(bench);
  EXPECT_EQ(bench.end(), GetParam().ends);
  EXPECT_EQ(bench.now - bench.connected_at, GetParam().age);
  EXPECT_EQ(bench.closed(), !bench.server.deadline());
}

using Step = std::function<void(ReqServerBench&)>;
Step wait(Millis time) {
  return [=](ReqServerBench& b) { b.wait(time); };
}
Step ask(std::string_view words) {
  return [=](ReqServerBench& b) { b.ask(words); };
}
const Step kThree = [](ReqServerBench& b) { b.next(3); };
const Step kAll = [](ReqServerBench& b) { b.next(samples::kReqPackages); };
const Step kRest = [](ReqServerBench& b) { b.next(samples::kReqPackages - 3); };
const Step kFin = [](ReqServerBench& b) { b.server.on_peer_done(b.now); };
const Step kReset = [](ReqServerBench& b) { b.server.on_lost(b.now); };

INSTANTIATE_TEST_SUITE_P(
    Rows, ReqServerScenario,
    testing::Values(Scenario{"client_closes_at_the_end", {kAll, kFin}, "ok"},
                    Scenario{"client_falls_silent_at_the_end", {kAll, wait(1h)}, "ok", 5s},
                    Scenario{"client_asks_late_for_the_last_again",
                             {kAll, wait(4999ms), ask(kReqAgain), wait(1h)},
                             "ok",
                             9999ms},
                    Scenario{"client_is_lost_at_the_end", {kAll, kReset}, "aborted"},
                    Scenario{"client_wants_more_than_there_is", {kAll, ask(kReqNext)}, "protocol"},
                    Scenario{"client_leaves_early", {kThree, kFin}, "aborted"},
                    Scenario{"client_is_lost", {kThree, kReset}, "aborted"},
                    Scenario{"client_never_asks", {wait(1h)}, "timeout", 30s},
                    Scenario{"client_stops_asking", {kThree, wait(1h)}, "timeout", 30s},
                    Scenario{
                        "client_erases_its_flash", {kThree, wait(29s), kRest, kFin}, "ok", 29s},
                    Scenario{"half_a_request", {ask("req0"), wait(1h)}, "timeout", 30s}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace updraft::link
