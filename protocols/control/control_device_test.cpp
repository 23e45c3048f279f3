#include "protocols/control/control_device.hpp"

#include <gtest/gtest.h>

#include "protocols/control/control_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::Octets, samples::control_bytes, samples::control_frame, samples::control_request;

const Octets kData = control_bytes(4000);

TEST(ControlDevice, TakesAnUpdateAndRestartsFiveSecondsLater) {
  ControlBench bench;
  EXPECT_EQ(bench.greeting, "init");
  EXPECT_EQ(bench.begin(), "begin:0");
  EXPECT_EQ(bench.intake.offer.scheme, kControl);
  EXPECT_EQ(bench.intake.offer.size, 0u);
  EXPECT_FALSE(bench.intake.offer.sender_proved);
  EXPECT_EQ(bench.write(kData), "write:0");
  EXPECT_EQ(bench.write(Bytes(kData).first(17)), "write:0");
  bench.flash_time = 900ms;  // to verify
  EXPECT_EQ(bench.end(), "end:0");
  EXPECT_EQ(bench.intake.bytes.size(), 4017u);
  EXPECT_EQ(bench.intake.calls, "begin finish");
  bench.wait(4'999ms);
  EXPECT_FALSE(bench.closed());
  bench.wait(1ms);
  EXPECT_TRUE(bench.closed());
  EXPECT_TRUE(bench.device.outcome());
  EXPECT_EQ(bench.intake.misuse, "");
}

TEST(ControlDevice, BeforeTheRestartItTalksButTakesNothing) {
  ControlBench bench;
  bench.begin();
  bench.write(kData);
  bench.end();
  EXPECT_EQ(bench.begin(), "begin:-1");
  EXPECT_EQ(bench.write(kData), "write:-1");
  EXPECT_EQ(bench.end(), "end:-1");
  EXPECT_EQ(bench.say("107b1802"), "version:0");
  bench.wait(5s);
  EXPECT_TRUE(bench.device.outcome()) << "and restarts all the same";
  EXPECT_EQ(bench.intake.calls, "begin finish");
}

TEST(ControlDevice, AnswersByteForByteAsTheSpecSays) {
  ControlBench bench;
  const auto answer = [&](const char* request) {
    bench.device.on_bytes(control_frame(request), bench.now);
    bench.settle();
    return bench.hear_hex();
  };
  const auto framed = [](const char* hex) { return golden::to_hex(control_frame(hex)); };
  EXPECT_EQ(answer("10751804aa07060a04deadbeef"),
            framed("080210d9011804ca0d0b08ffffffffffffffffff01"));
  EXPECT_EQ(answer("10761807"), framed("080210da011807d20d0b08ffffffffffffffffff01"));
  EXPECT_EQ(answer("10741803"), framed("080210d8011803c20d00"));
  EXPECT_EQ(answer("080110741803a20700"), framed("080210d8011803c20d00")) << "fully explicit";
  EXPECT_EQ(answer("10751804aa07060a04deadbeef"), framed("080210d9011804ca0d00"));
  EXPECT_EQ(answer("10761807"), framed("080210da011807d20d00"));
  EXPECT_EQ(answer("10741803"), framed("080210d8011803c20d0b08ffffffffffffffffff01"));
  EXPECT_EQ(answer("107a1801d207020803"), framed("080210de011801f20d0b08ffffffffffffffffff01"));
  EXPECT_EQ(answer("107b1802"), framed("080210df011802fa0d0e1202464718012002280330043805"));
}

TEST(ControlDevice, ServesTheOlderFormInItsOwnWords) {
  ControlBench bench;
  const auto answer = [&](const char* request) {
    bench.device.on_bytes(control_frame(request, ControlEndpoint::older), bench.now);
    bench.settle();
    return bench.hear_hex();
  };
  const auto framed = [](const char* hex) {
    return golden::to_hex(control_frame(hex, ControlEndpoint::older));
  };
  EXPECT_EQ(answer("0820"), framed("0821da020b08ffffffffffffffffff01"));
  EXPECT_EQ(answer("081c"), framed("081dba02020800"));
  EXPECT_EQ(answer("081ec202060a04deadbeef"), framed("081fca02020800"));
  EXPECT_EQ(answer("0802"), "") << "something else";
  EXPECT_EQ(answer("0820"), framed("0821da02020800"));
  EXPECT_EQ(answer("081c"), framed("081dba020b08ffffffffffffffffff01"));
  EXPECT_EQ(bench.intake.calls, "begin finish");
}

struct Refused {
  const char* name;
  std::vector<std::string> requests;  // hex; each but the last one is a way to get there
  std::string answers;
  std::string calls;
};
void PrintTo(const Refused& row, std::ostream* out) { *out << row.name; }

// The write brings the 16 bytes with which the engine is taken.
const std::string kBeginHex = "10741803",
                  kWriteHex = "10751804aa07120a1000112233445566778899aabbccddeeff",
                  kEndHex = "10761807";

const Refused kRefused[] = {
    {"write_without_begin", {kWriteHex}, "write:-1", ""},
    {"end_without_begin", {kEndHex}, "end:-1", ""},
    {"write_without_payload",
     {kBeginHex, "10751804", kWriteHex, kEndHex},
     "begin:0 write:-1 write:-1 end:-1",
     ""},
    {"write_of_nothing", {kBeginHex, "10751804aa0700", kEndHex}, "begin:0 write:-1 end:-1", ""},
    {"begin_twice",
     {kBeginHex, kWriteHex, kBeginHex, kWriteHex, kEndHex},
     "begin:0 write:0 begin:0 write:0 end:0",
     "begin abort:aborted begin finish"},
    {"begin_after_a_failure",
     {kBeginHex, "10751804", kBeginHex, kWriteHex, kEndHex},
     "begin:0 write:-1 begin:0 write:0 end:0",
     "begin finish"},
    {"end_twice_after_a_failure",
     {kBeginHex, "10751804", kEndHex, kEndHex},
     "begin:0 write:-1 end:-1 end:-1",
     ""},
    {"what_is_no_message", {kBeginHex, "ff", kWriteHex}, "begin:0 write:0", "begin"},
    {"a_response", {"080210d8011803c20d00", kBeginHex}, "begin:0", ""},
    {"an_event", {"080310ad02ea1200", kBeginHex}, "begin:0", ""},
    {"an_unknown_request", {"1065", "10c701", kBeginHex}, "101:-1 199:-1 begin:0", ""},
    {"beyond_the_requests", {"1064", "10c801", "00", kBeginHex}, "begin:0", ""},
};

class Refusals : public testing::TestWithParam<Refused> {};

TEST_P(Refusals, AreAnsweredAndCostNothing) {
  const Refused& row = GetParam();
  Octets all;
  for (const std::string& request : row.requests) {
    const Octets frame = control_frame(request);
    all.insert(all.end(), frame.begin(), frame.end());
  }
  for (const std::size_t chunk : {std::size_t{0}, std::size_t{1}, std::size_t{5}}) {
    ControlBench bench;
    EXPECT_EQ(bench.say(all, chunk), row.answers) << "in pieces of " << chunk;
    EXPECT_EQ(bench.intake.calls, row.calls);
    EXPECT_EQ(bench.intake.misuse, "");
  }
}

INSTANTIATE_TEST_SUITE_P(Requests, Refusals, testing::ValuesIn(kRefused),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ControlDevice, AFailedWriteIsRememberedUntilTheNextBegin) {
  ControlBench bench;
  bench.intake.write_error = Code::wrong_chip;
  bench.intake.write_error_from = 4001;
  bench.begin();
  EXPECT_EQ(bench.write(kData), "write:0");
  EXPECT_EQ(bench.write(kData), "write:-1");
  EXPECT_EQ(bench.write(kData), "write:-1");
  EXPECT_EQ(bench.end(), "end:-1");
  EXPECT_EQ(bench.intake.calls, "begin") << "no finish, and nothing to abort";
  bench.intake.write_error.reset();
  EXPECT_EQ(bench.begin(), "begin:0");
  EXPECT_EQ(bench.write(kData), "write:0");
  EXPECT_EQ(bench.end(), "end:0");
  EXPECT_EQ(bench.intake.misuse, "");
}

TEST(ControlDevice, AnEndThatTheEngineRefusesIsNone) {
  ControlBench bench;
  bench.intake.finish_error = Code::bad_hash;
  bench.begin();
  bench.write(kData);
  EXPECT_EQ(bench.end(), "end:-1");
  EXPECT_EQ(bench.end(), "end:-1");
  bench.wait(1h);
  EXPECT_FALSE(bench.closed()) << "no restart";
  EXPECT_EQ(bench.intake.calls, "begin finish");
}

TEST(ControlDevice, SaysThatItRestartsIntoItsRescueApp) {
  ControlBench bench;
  bench.intake.write_error = Code::rescue_first;
  bench.begin();
  EXPECT_EQ(bench.write(kData), "write:-2");
  EXPECT_EQ(bench.write(kData), "write:-1") << "once";
  bench.intake.write_error.reset();
  bench.intake.finish_error = Code::rescue_first;
  bench.begin();
  bench.write(kData);
  EXPECT_EQ(bench.end(), "end:-2") << "what is judged at the end";
}

TEST(ControlDevice, WhatRunsAlreadyIsASuccessWithoutARestart) {
  ControlBench bench;
  bench.intake.taken = Taken::current;
  bench.begin();
  bench.write(kData);
  EXPECT_EQ(bench.end(), "end:0");
  bench.wait(1h);
  EXPECT_FALSE(bench.closed());
  EXPECT_EQ(bench.begin(), "begin:0");
}

TEST(ControlDevice, ABeginThatTheEngineRefusesIsNone) {
  ControlBench bench;
  bench.intake.welcome_error = Code::busy;
  EXPECT_EQ(bench.begin(), "begin:-1");
  EXPECT_EQ(bench.write(kData), "write:-1");
  bench.intake.welcome_error.reset();
  bench.intake.begin_error = Code::busy;
  EXPECT_EQ(bench.begin(), "begin:0") << "it takes nothing yet";
  EXPECT_EQ(bench.write(kData), "write:-1");
  EXPECT_EQ(bench.end(), "end:-1");
  EXPECT_EQ(bench.intake.calls, "begin");
  EXPECT_EQ(bench.intake.misuse, "");
}

struct Limit {
  std::size_t bytes;
  const char* answer;
};

TEST(ControlDevice, WritesHaveALimit) {
  for (const Limit& row : {Limit{16, "write:0"}, Limit{4000, "write:0"}, Limit{4096, "write:0"},
                           Limit{kControlWrite, "write:0"}, Limit{kControlWrite + 1, "write:-1"},
                           Limit{kTlvData - 12, "write:-1"}}) {
    ControlBench bench;
    bench.begin();
    EXPECT_EQ(bench.write(control_bytes(row.bytes)), row.answer) << row.bytes;
    EXPECT_EQ(bench.intake.bytes.size(), row.answer == std::string("write:0") ? row.bytes : 0u);
  }
}

TEST(ControlDevice, AFrameOf65535BytesIsDroppedAndTheNextRequestAnswered) {
  ControlBench bench;
  Octets huge = golden::from_hex("01 0800 6374726c52657370 02 ffff aa*65535");
  EXPECT_EQ(bench.say(huge, 4096), "");
  EXPECT_EQ(bench.begin(), "begin:0");
}

TEST(ControlDevice, LittleMemoryServesOriginalHosts) {
  ControlBench bench(4096 + 64);
  bench.begin();
  EXPECT_EQ(bench.write(kData), "write:0");
  EXPECT_EQ(bench.write(control_bytes(8000)), "") << "longer than its memory: skipped";
  EXPECT_EQ(bench.end(), "end:0");
}

// The host died within a frame; another one starts immediately, so its requests are taken for data
// until a second is over. It asks for the version first, which is all that can get lost.
TEST(ControlDevice, AFrameThatWasCutAnywhereIsGivenUpAfterASecond) {
  const Octets write = control_request(control_id::kWrite, 4, control_bytes(200));
  for (std::size_t cut = 1; cut < write.size(); ++cut) {
    ControlBench bench;
    bench.begin();
    bench.say(Bytes(write).first(cut));
    std::string answers = bench.say("107b1802");
    bench.wait(1s);
    answers += bench.hear();
    const bool filled_up = write.size() - cut <= 18;
    EXPECT_EQ(answers, filled_up ? "write:0" : "version:0") << cut;
    EXPECT_EQ(bench.intake.bytes.empty(), !filled_up) << "a cut write is none";
    EXPECT_EQ(bench.begin(), "begin:0");
    EXPECT_EQ(bench.intake.calls, filled_up ? "begin abort:aborted" : "") << cut;
    EXPECT_EQ(bench.write(kData), "write:0");
    EXPECT_EQ(bench.end(), "end:0");
  }
}

TEST(ControlDevice, ASlowFrameIsNoSilentOne) {
  ControlBench bench;
  const Octets begin = control_frame(kBeginHex);
  std::string heard;
  for (std::size_t i = 0; i < begin.size(); ++i) {
    heard += bench.say(Bytes(begin).subspan(i, 1));
    if (i + 1 < begin.size()) bench.wait(999ms);
  }
  EXPECT_EQ(heard, "begin:0");
}

TEST(ControlDevice, AnIdleSessionIsAborted) {
  ControlBench bench;
  bench.begin();
  bench.wait(29s);
  EXPECT_EQ(bench.write(kData), "write:0");
  bench.wait(29'999ms);
  EXPECT_EQ(bench.say("107b1802"), "version:0") << "which does not keep it";
  EXPECT_TRUE(bench.intake.in_session);
  bench.wait(1ms);
  EXPECT_EQ(bench.intake.calls, "begin abort:timeout");
  EXPECT_EQ(bench.write(kData), "write:-1");
  EXPECT_EQ(bench.end(), "end:-1");
  EXPECT_FALSE(bench.closed());
  EXPECT_EQ(bench.begin(), "begin:0");
}

TEST(ControlDevice, FlashTimeIsNotIdleTime) {
  ControlBench bench;
  bench.begin();
  bench.flash_time = 40s;
  EXPECT_EQ(bench.write(kData), "write:0");
  bench.wait(29s);
  EXPECT_TRUE(bench.intake.in_session);
}

// The rest of the second frame waits on the line while the first is on its way to the flash.
TEST(ControlDevice, FlashTimeCutsNoFrame) {
  ControlBench bench;
  bench.begin();
  const Octets ask = control_frame("107b1802");
  const auto half = static_cast<std::ptrdiff_t>(ask.size() / 2);
  Octets wire = control_request(control_id::kWrite, 4, kData);
  wire.insert(wire.end(), ask.begin(), ask.begin() + half);
  bench.flash_time = 2s;
  EXPECT_EQ(bench.say(wire), "write:0");
  bench.wait(0ms);
  bench.flash_time = 0s;
  EXPECT_EQ(bench.say(Bytes(ask).subspan(ask.size() / 2)), "version:0");
}

TEST(ControlDevice, HeartbeatsAreSwitchedOnAndOff) {
  ControlBench bench;
  EXPECT_EQ(bench.say("10791805ca07040801100a"), "121:0");  // every 10 s
  bench.wait(25s);
  EXPECT_EQ(bench.hear(), "beat:1 beat:2");
  EXPECT_EQ(bench.say("10791805ca0704080110"
                      "09"),
            "121:-1")
      << "too often";
  EXPECT_EQ(bench.say("10791805ca070508011091"
                      "1c"),
            "121:-1")
      << "3601: too rarely";
  EXPECT_EQ(bench.say("10791805"), "121:-1") << "without saying how";
  EXPECT_EQ(bench.say("10791805ca0700"), "121:0");
  bench.wait(1h);
  EXPECT_EQ(bench.hear(), "");
}

TEST(ControlDevice, WhoDoesNotReadIsNotServedForEver) {
  ControlBench bench;
  bench.reads = false;
  for (int i = 0; i < 100; ++i) bench.begin();
  bench.reads = true;
  bench.settle();
  std::string words = bench.hear();
  EXPECT_EQ(std::ranges::count(words, ':'), static_cast<long>(kControlReplies));
  EXPECT_EQ(bench.begin(), "begin:0");
  EXPECT_EQ(bench.intake.misuse, "");
}

TEST(ControlDevice, ALineThatIsGoneEndsTheSession) {
  ControlBench bench;
  bench.begin();
  bench.write(kData);
  bench.device.on_lost(bench.now);
  EXPECT_TRUE(bench.closed());
  EXPECT_EQ(bench.intake.calls, "begin abort:aborted");
  EXPECT_EQ(bench.device.outcome().error().code, Code::aborted);
}

TEST(ControlDevice, ALineThatIsGoneAfterTheEndStillMeansARestart) {
  ControlBench bench;
  bench.begin();
  bench.write(kData);
  bench.end();
  bench.device.on_lost(bench.now);
  EXPECT_TRUE(bench.device.outcome());
}

}  // namespace
}  // namespace updraft::link
