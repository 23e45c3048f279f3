#include "protocols/control/control_host.hpp"

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/control/control_samples.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::Octets, samples::control_bytes, samples::control_frame;

// A host on virtual time, against a device that the test plays.
class HostBench {
 public:
  explicit HostBench(ControlForm form = ControlForm::current) : host(form) {
    host.on_connected(now);
  }

  // What it sends, as hex without the frame's head.
  std::string sent() {
    Octets wire(kControlFrameBytes);
    wire.resize(host.write_to(wire));
    const std::size_t head = wire.size() > 1 && wire[1] == std::byte{7} ? 13 : 14;
    return wire.size() < head ? "" : golden::to_hex(Bytes(wire).subspan(head));
  }
  void hear(const std::string& hex, ControlEndpoint from = ControlEndpoint::response) {
    host.on_bytes(control_frame(hex, from), now);
  }
  void init() { hear("080310ad02ea1200", ControlEndpoint::event); }
  // ok, the code, or "" while it waits.
  std::string answer() const {
    if (host.waiting()) return "";
    return word(host.answer());
  }
  void open() {
    host.begin(now);
    sent();
    hear("080210d8011801c20d00");  // uid 1
  }
  std::string wait(Millis time) {
    const Instant until = now + time;
    while (host.deadline() && *host.deadline() <= until) {
      now = *host.deadline();
      host.on_deadline(now);
    }
    now = until;
    return answer();
  }

  ControlHost host;
  Instant now{std::chrono::hours(3)};
};

// Each answer comes in time, and the last one would come in hours.
TEST(ControlHost, ASessionHasAnEnd) {
  HostBench bench;
  bench.open();
  const Instant begun = bench.now;
  const Octets piece(4000);
  std::string answer = "ok";
  while (answer == "ok" && bench.now < begun + 2h) {
    bench.host.write(piece, bench.now);
    bench.sent();
    answer = bench.wait(9s);
    if (!answer.empty()) break;
    bench.hear("080210d901ca0d00");  // without uid, as old firmware answers
    answer = bench.answer();
  }
  EXPECT_EQ(answer, "timeout");
  EXPECT_EQ(bench.now, begun + kPaceTotalMs);
}

TEST(ControlHost, AsksAsTheOriginalAsks) {
  HostBench bench;
  bench.host.begin(bench.now);
  EXPECT_EQ(bench.sent(), "10741801");
  EXPECT_EQ(bench.sent(), "") << "once";
  bench.hear("080210d8011801c20d00");
  EXPECT_EQ(bench.answer(), "ok");
  bench.host.write(golden::from_hex("deadbeef"), bench.now);
  EXPECT_EQ(bench.sent(), "10751802aa07060a04deadbeef");
  bench.hear("080210d9011802ca0d00");
  EXPECT_EQ(bench.answer(), "ok");
  bench.host.end(bench.now);
  EXPECT_EQ(bench.sent(), "10761803");
  EXPECT_TRUE(bench.host.in_session());
  bench.hear("080210da011803d20d00");
  EXPECT_EQ(bench.answer(), "ok");
  EXPECT_FALSE(bench.host.in_session());
  bench.host.ask_version(bench.now);
  EXPECT_EQ(bench.sent(), "107b1804");
  bench.hear("080210df011804fa0d0e1202464718012002280330043805");
  EXPECT_EQ(bench.answer(), "ok");
  EXPECT_EQ(bench.host.version().name.view(), "FG");
  EXPECT_EQ(bench.host.version().numbers[4], 5u);
}

TEST(ControlHost, SpeaksTheOlderFormToo) {
  HostBench bench(ControlForm::older);
  bench.host.begin(bench.now);
  EXPECT_EQ(bench.sent(), "081c");
  bench.hear("080210d8011801c20d00");
  EXPECT_EQ(bench.answer(), "") << "the other form is not heard";
  bench.hear("081dba02020800", ControlEndpoint::older);
  EXPECT_EQ(bench.answer(), "ok");
  bench.host.write(golden::from_hex("deadbeef"), bench.now);
  EXPECT_EQ(bench.sent(), "081ec202060a04deadbeef");
  bench.hear("081fca02020800", ControlEndpoint::older);
  bench.host.end(bench.now);
  EXPECT_EQ(bench.sent(), "0820");
  bench.hear("0821da020b08ffffffffffffffffff01", ControlEndpoint::older);
  EXPECT_EQ(bench.answer(), "not_wanted");
  bench.host.ask_version(bench.now);
  EXPECT_EQ(bench.answer(), "not_wanted") << "there is no such request";
}

struct Heard {
  const char* name;
  const char* hex;  // while begin, uid 1, waits
  const char* answer;
};
void PrintTo(const Heard& row, std::ostream* out) { *out << row.name; }

const Heard kHeard[] = {
    {"success", "080210d8011801c20d00", "ok"},
    {"success_with_explicit_zeros", "080210d8011801c20d020800", "ok"},
    {"old_firmware_without_uid", "080210d801c20d00", "ok"},
    {"failure", "080210d8011801c20d0b08ffffffffffffffffff01", "not_wanted"},
    {"into_its_rescue_app", "080210d8011801c20d0b08feffffffffffffffff01", "rescue_first"},
    {"another_failure", "080210d8011801c20d020805", "not_wanted"},
    {"no_result", "080210d8011801", "protocol"},
    {"another_uid", "080210d8011802c20d00", ""},
    {"another_request", "080210d9011801ca0d00", ""},
    {"a_request", "080110741801a20700", ""},
    {"nonsense", "ffff", ""},
    {"without_type", "10d8011801c20d00", ""},
};

class Answers : public testing::TestWithParam<Heard> {};

TEST_P(Answers, CountOnlyForTheirOwnRequest) {
  for (const std::size_t chunk : {std::size_t{100}, std::size_t{1}}) {
    HostBench bench;
    bench.host.begin(bench.now);
    bench.sent();
    const Octets wire = control_frame(GetParam().hex);
    for (Bytes rest = wire; !rest.empty(); rest = rest.subspan(std::min(chunk, rest.size()))) {
      bench.host.on_bytes(rest.first(std::min(chunk, rest.size())), bench.now);
    }
    EXPECT_EQ(bench.answer(), GetParam().answer);
    EXPECT_EQ(bench.host.in_session(), bench.answer() == "ok");
  }
}

INSTANTIATE_TEST_SUITE_P(Heard, Answers, testing::ValuesIn(kHeard),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ControlHost, LateDoubledAndDisorderedAnswersAreDropped) {
  HostBench bench;
  bench.open();
  bench.hear("080210d8011801c20d00");  // doubled
  bench.host.write(control_bytes(4), bench.now);
  bench.sent();
  bench.hear("080210d8011801c20d0b08ffffffffffffffffff01");  // late
  bench.hear("080210d9011803ca0d0b08ffffffffffffffffff01");  // of a request that is to come
  bench.hear("080310ae02f212020801", ControlEndpoint::event);
  EXPECT_EQ(bench.answer(), "");
  bench.hear("080210d9011802ca0d00");
  EXPECT_EQ(bench.answer(), "ok");
  EXPECT_EQ(bench.host.heartbeats(), 1u);
}

TEST(ControlHost, AnAnswerBeforeTheQuestionIsNone) {
  HostBench bench;
  bench.host.begin(bench.now);
  bench.hear("080210d8011801c20d00");
  EXPECT_EQ(bench.answer(), "");
}

TEST(ControlHost, ABrokenFrameIsFollowedByTheAnswer) {
  HostBench bench;
  bench.host.begin(bench.now);
  bench.sent();
  bench.host.on_bytes(golden::from_hex("01 0800 6374726c52657370 02 2000 0802"), bench.now);
  bench.hear("080210d8011801c20d00");
  EXPECT_EQ(bench.answer(), "");
  EXPECT_EQ(bench.wait(1s), "ok") << "found in what was given up";
}

struct Limit {
  const char* name;
  void (*ask)(ControlHost&, Instant);
  Millis limit;
};
const Limit kLimits[] = {
    {"begin", [](ControlHost& host, Instant now) { host.begin(now); }, 30s},
    {"write", [](ControlHost& host, Instant now) { host.write(control_bytes(1), now); }, 10s},
    {"end", [](ControlHost& host, Instant now) { host.end(now); }, 30s},
    {"version", [](ControlHost& host, Instant now) { host.ask_version(now); }, 5s},
};

TEST(ControlHost, EveryRequestHasItsTime) {
  for (const Limit& row : kLimits) {
    HostBench bench;
    bench.open();
    row.ask(bench.host, bench.now);
    bench.sent();
    EXPECT_EQ(bench.wait(row.limit - 1ms), "") << row.name;
    EXPECT_EQ(bench.wait(1ms), "timeout") << row.name;
    EXPECT_EQ(bench.host.in_session(), row.limit == 5s) << row.name;
  }
}

TEST(ControlHost, NothingFollowsAFailedWriteButANewBegin) {
  HostBench bench;
  bench.open();
  bench.host.write(control_bytes(1), bench.now);
  bench.sent();
  bench.hear("080210d9011802ca0d0b08ffffffffffffffffff01");
  EXPECT_EQ(bench.answer(), "not_wanted");
  bench.host.end(bench.now);
  EXPECT_EQ(bench.answer(), "no_session");
  EXPECT_EQ(bench.sent(), "") << "no end after a failed write";
  bench.host.write(control_bytes(1), bench.now);
  EXPECT_EQ(bench.answer(), "no_session");
  bench.host.begin(bench.now);
  EXPECT_EQ(bench.sent(), "10741803");
}

TEST(ControlHost, WritesHaveALimit) {
  HostBench bench;
  bench.open();
  bench.host.write({}, bench.now);
  EXPECT_EQ(bench.answer(), "too_big");
  bench.host.write(control_bytes(kOtaWrite + 1), bench.now);
  EXPECT_EQ(bench.answer(), "too_big");
  EXPECT_EQ(bench.sent(), "");
  bench.host.write(control_bytes(kOtaWrite), bench.now);
  EXPECT_EQ(bench.answer(), "") << "it waits";
}

TEST(ControlHost, ADeviceThatRestartsWithinASessionIsAFailure) {
  HostBench bench;
  bench.open();
  bench.host.write(control_bytes(1), bench.now);
  bench.sent();
  bench.init();
  ASSERT_EQ(bench.answer(), "aborted");
  EXPECT_EQ(bench.host.answer().error().where, Where::device);
  EXPECT_FALSE(bench.host.in_session());
}

TEST(ControlHost, ADeviceThatRestartsBetweenTwoRequestsIsAFailureOfTheNext) {
  HostBench bench;
  bench.open();
  bench.init();
  bench.host.write(control_bytes(1), bench.now);
  EXPECT_EQ(bench.answer(), "aborted");
  EXPECT_EQ(bench.host.answer().error().where, Where::device);
  EXPECT_EQ(bench.host.restarts(), 1u);
  bench.host.write(control_bytes(1), bench.now);
  EXPECT_EQ(bench.answer(), "no_session") << "it was told";
}

TEST(ControlHost, ALineThatGoesBetweenTwoRequestsIsAFailureOfTheNext) {
  HostBench bench;
  bench.open();
  bench.host.on_lost(bench.now);
  bench.host.end(bench.now);
  EXPECT_EQ(bench.answer(), "aborted");
  EXPECT_EQ(bench.host.answer().error().where, Where::link);
}

TEST(ControlHost, ADeviceThatComesUpBeforeTheSessionIsNoFailure) {
  HostBench bench;
  bench.host.begin(bench.now);
  bench.sent();
  bench.init();
  EXPECT_EQ(bench.answer(), "");
  EXPECT_EQ(bench.host.restarts(), 1u);
}

TEST(ControlHost, ALineThatIsGoneFailsEverything) {
  HostBench bench;
  bench.open();
  bench.host.end(bench.now);
  bench.host.on_lost(bench.now);
  EXPECT_EQ(bench.answer(), "aborted");
  EXPECT_EQ(bench.host.answer().error().where, Where::link);
  bench.host.begin(bench.now);
  EXPECT_EQ(bench.answer(), "aborted");
  EXPECT_EQ(bench.host.phase(), Phase::closed);
}

TEST(ControlHost, SpeaksInPiecesWhereThereIsNoRoom) {
  HostBench bench;
  bench.host.begin(bench.now);
  std::byte room[5];
  std::size_t sent = 0;
  while (const std::size_t size = bench.host.write_to(room)) sent += size;
  EXPECT_EQ(sent, 18u);
}

}  // namespace
}  // namespace updraft::link
