#include "protocols/ws/ws_device.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "updraft/policy.hpp"

#include "protocols/ws/ws_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::blob, samples::WsOpcode, samples::ws_binary, samples::ws_frame, samples::ws_text;
using testing::ElementsAre, testing::IsEmpty;

const std::string kSetChunk = R"({"name":"otaSetChunkSize","value":8192})";
const std::string kFirst = R"({"name":"otaGetChunk","value":0})";
const std::string kEnd = R"({"name":"otaEnd","value":"OK" })";
const std::string kRestart = R"({"name":"otaRestartEsp","value":"restart"})";
const std::string kCancel = R"({"name":"otaCancel","value":"Cancel"})";
const std::string kCancelled = R"({"name":"otaCancel","value":"Cancel command"})";
const std::string kErrorWrite = R"({"name":"otaError","value":"Error write ota"})";
const std::string kErrorStart = R"({"name":"otaError","value":"Error start ota"})";

std::string next(std::uint64_t offset) {
  return R"({"name":"otaGetChunk","value": )" + std::to_string(offset) + " }";
}
std::string error(const std::string& text) {
  return R"({"name":"otaError","value":")" + text + "\"}";
}

class Device : public testing::Test, protected WsBench {};

// protocols/ws/SPEC.md section 3, as recorded with the original page; in pieces of any size.
TEST_F(Device, RecordedUpdate) {
  const std::string image = blob(10000);
  const std::string wire = ws_text(R"({"name":"otaSize","value":10000})") +
                           ws_binary(image.substr(0, 4096)) + ws_binary(image.substr(4096, 4096)) +
                           ws_binary(image.substr(8192)) + ws_text(kRestart);
  for (const std::size_t step : {0, 1, 2, 3, 7, 100, 1460}) {
    intake.calls.clear();
    connect(4096);
    EXPECT_THAT(send(wire, step), ElementsAre(R"({"name":"otaSetChunkSize","value":4096})",
                                              R"({"name":"otaGetChunk","value":0})",
                                              R"({"name":"otaGetChunk","value": 4096 })",
                                              R"({"name":"otaGetChunk","value": 8192 })",
                                              R"({"name":"otaEnd","value":"OK" })", "close 1001"));
    EXPECT_EQ(intake.calls, "begin finish");
    EXPECT_EQ(intake.offer.size, 10000U);
    EXPECT_EQ(intake.offer.scheme, kWs);
    EXPECT_FALSE(intake.offer.sender_proved);
    EXPECT_TRUE(std::ranges::equal(intake.last_bytes, as_bytes(image)));
    EXPECT_EQ(device->wish(), WsWish::restart);
    EXPECT_TRUE(closed());
  }
  EXPECT_EQ(intake.misuse, "");
}

TEST_F(Device, ChunkIsAMultipleOf16) {
  connect(1000);
  EXPECT_THAT(start(2000), ElementsAre(R"({"name":"otaSetChunkSize","value":992})", kFirst));
}

TEST_F(Device, CutAtEveryByteAbortsOnce) {
  const std::string image = blob(600);
  const std::string wire = ws_text(R"({"name":"otaSize","value":600})") +
                           ws_binary(image.substr(0, 320)) + ws_binary(image.substr(320));
  for (std::size_t cut = 0; cut < wire.size(); ++cut) {
    intake.calls.clear();
    connect(320);
    send(wire.substr(0, cut));
    channel->on_lost(now);
    EXPECT_THAT(intake.calls, testing::AnyOf("", "begin abort:aborted")) << cut;
    EXPECT_FALSE(intake.in_session) << cut;
    EXPECT_TRUE(closed());
  }
  EXPECT_EQ(intake.misuse, "");
}

TEST_F(Device, FragmentsAreOneMessage) {
  start(300);
  std::string wire = ws_frame({WsOpcode::binary, blob(100), false});
  wire += ws_frame({WsOpcode::ping, "hello"});
  wire += ws_frame({WsOpcode::continuation, "", false});
  wire += ws_frame({WsOpcode::continuation, blob(50), false});
  EXPECT_THAT(send(wire, 3), ElementsAre("pong hello"));
  EXPECT_THAT(send(ws_frame({WsOpcode::continuation, blob(50)})), ElementsAre(next(200)));
  EXPECT_THAT(chunk(blob(100)), ElementsAre(kEnd));
  EXPECT_EQ(intake.last_bytes.size(), 300U);
}

TEST_F(Device, RefusesMoreThanSixtyFourFragments) {
  start(300);
  std::string wire = ws_frame({WsOpcode::binary, "x", false});
  for (std::size_t i = 1; i < kWsFragments; ++i) {
    wire += ws_frame({WsOpcode::continuation, "", false});
  }
  EXPECT_THAT(send(wire), IsEmpty());
  EXPECT_THAT(send(ws_frame({WsOpcode::continuation, ""})), ElementsAre(kErrorWrite, "close 1009"));
  EXPECT_EQ(intake.calls + intake.reports, "protocol");
}

struct Length {
  const char* name;
  std::uint64_t announced;
};
class Oversized : public Device, public testing::WithParamInterface<Length> {};

TEST_P(Oversized, BinaryIsRefusedByItsHead) {
  start(100'000);
  const std::string head =
      ws_frame({.opcode = WsOpcode::binary, .announced = GetParam().announced});
  EXPECT_THAT(send(head, 1), ElementsAre(kErrorWrite, "close 1009"));
  EXPECT_EQ(intake.calls + intake.reports, "protocol");
  EXPECT_TRUE(closed());
  connect();
  EXPECT_THAT(start(100'000), ElementsAre(kSetChunk, kFirst)) << "the next one works";
}

TEST_P(Oversized, AlsoWhereNoUpdateRuns) {
  const std::string head =
      ws_frame({.opcode = WsOpcode::binary, .announced = GetParam().announced});
  EXPECT_THAT(send(head), ElementsAre(kErrorWrite, "close 1009"));
  EXPECT_EQ(intake.calls, "");
}

INSTANTIATE_TEST_SUITE_P(Lengths, Oversized,
                         testing::Values(Length{"one_more", kWsChunk + 1}, Length{"u16", 0xffff},
                                         Length{"u32", 0xffffffff}, Length{"i63", INT64_MAX},
                                         Length{"two_to_63", 1ull << 63},
                                         Length{"u64", UINT64_MAX}),
                         [](const auto& row) { return row.param.name; });

TEST_F(Device, FragmentsTogetherHaveTheSameLimit) {
  start(100'000);
  EXPECT_THAT(send(ws_frame({WsOpcode::binary, blob(kWsChunk), false})), IsEmpty());
  EXPECT_THAT(send(ws_frame({WsOpcode::continuation, "x"})),
              ElementsAre(kErrorWrite, "close 1009"));
}

TEST_F(Device, TextHasALimit) {
  const std::string json = R"({"name":"nothing","value":1})";
  EXPECT_THAT(say(json + std::string(kWsTextBytes - json.size(), ' ')), IsEmpty());
  EXPECT_THAT(say(json + std::string(kWsTextBytes + 1 - json.size(), ' ')),
              ElementsAre(error("Error json str"), "close 1009"));
}

struct BadFrame {
  const char* name;
  std::string wire;
};
class AgainstTheRules : public Device, public testing::WithParamInterface<BadFrame> {};

TEST_P(AgainstTheRules, Closes1002) {
  start(1000);
  send(ws_binary(blob(300)));
  const Talk talk = send(GetParam().wire);
  ASSERT_FALSE(talk.empty());
  EXPECT_EQ(talk.back(), "close 1002");
  EXPECT_FALSE(intake.in_session);
  EXPECT_TRUE(closed());
}

INSTANTIATE_TEST_SUITE_P(
    Frames, AgainstTheRules,
    testing::Values(BadFrame{"unmasked", ws_frame({.payload = kCancel, .masked = false})},
                    BadFrame{"reserved_bit", std::string("\xC1\x80", 2)},
                    BadFrame{"unknown_opcode", std::string("\x83\x80", 2)},
                    BadFrame{"unknown_control", std::string("\x8B\x80", 2)},
                    BadFrame{"long_ping", ws_frame({WsOpcode::ping, blob(126)})},
                    BadFrame{"fragmented_ping", ws_frame({WsOpcode::ping, "x", false})},
                    BadFrame{"continues_nothing", ws_frame({WsOpcode::continuation, "x"})},
                    BadFrame{"text_within_a_message",
                             ws_frame({WsOpcode::binary, "x", false}) + ws_text(kCancel)}),
    [](const auto& row) { return row.param.name; });

// Found by fuzz/ws_device: the peer goes on sending after a control frame that was refused, before
// our close frame is out.
TEST_F(Device, BytesBehindARefusedHeadAreNotRead) {
  const std::string head =
      ws_frame({.opcode = WsOpcode::close, .announced = std::uint64_t{0x3131313131313131}});
  for (const std::string& part : {head.substr(0, 2), head.substr(2), blob(5000), blob(5000)}) {
    channel->on_bytes(as_bytes(part), now);
  }
  EXPECT_THAT(hear(), ElementsAre("close 1002"));
  EXPECT_TRUE(closed());
}

TEST_F(Device, PongsTheLongestPing) {
  EXPECT_THAT(send(ws_frame({WsOpcode::ping, blob(kWsControl)}), 1),
              ElementsAre("pong " + blob(kWsControl)));
}

TEST_F(Device, CloseIsAnsweredAndAborts) {
  start(1000);
  chunk(blob(100));
  EXPECT_THAT(send(ws_frame({WsOpcode::close, std::string("\x03\xe8", 2)})),
              ElementsAre("close 1000"));
  EXPECT_EQ(intake.calls, "begin abort:aborted");
  EXPECT_EQ(outcome(), "aborted");
}

TEST_F(Device, SizesThatAreNone) {
  for (const char* value : {"0", "-1", "-9007199254740991", R"("")", R"("many")", R"("-1")", "true",
                            "null", "1.5", "1e5", R"("12x")"}) {
    EXPECT_THAT(say(std::string(R"({"name":"otaSize","value":)") + value + "}"),
                ElementsAre(error("Error ota size = 0")))
        << value;
  }
  for (const char* value : {"18446744073709551616", "{}", "[1]"}) {
    EXPECT_THAT(say(std::string(R"({"name":"otaSize","value":)") + value + "}"),
                ElementsAre(error("Error json str")))
        << value;
  }
  EXPECT_EQ(intake.calls, "");
  EXPECT_FALSE(closed());
}

TEST_F(Device, SizeMayBeAString) {
  EXPECT_THAT(say(R"({"name":"otaSize","value":"4294967296"})"), ElementsAre(kSetChunk, kFirst));
  EXPECT_EQ(intake.offer.size, 4294967296U);
}

TEST_F(Device, EngineRefusesTheStart) {
  intake.welcome_error = Code::too_big;
  EXPECT_THAT(start(9'000'000), ElementsAre(kErrorStart));
  EXPECT_EQ(intake.reports, "") << "the engine has told";
  EXPECT_EQ(outcome(), "too_big");
  intake.welcome_error = Code::busy;
  EXPECT_THAT(start(1000), ElementsAre(kErrorStart));
  EXPECT_EQ(intake.reports, "") << "of this as well";
  EXPECT_FALSE(closed());
  EXPECT_FALSE(device->proven());
}

// Security rule: the engine is taken by bytes that can be judged, not by a size.
TEST_F(Device, ASizeAloneTakesNothing) {
  EXPECT_THAT(start(1000), ElementsAre(kSetChunk, kFirst));
  EXPECT_EQ(intake.calls, "");
  EXPECT_FALSE(device->proven());
  EXPECT_THAT(chunk(blob(15)), ElementsAre(next(15)));
  EXPECT_EQ(intake.calls, "");
  EXPECT_THAT(chunk("x"), ElementsAre(next(16)));
  EXPECT_EQ(intake.calls, "begin");
  EXPECT_TRUE(device->proven());
  EXPECT_THAT(wait(kWsIdleMs), ElementsAre(kErrorWrite, "close 1008"));
  connect();
  start(1000);
  EXPECT_THAT(wait(kWsIdleMs), ElementsAre(kErrorWrite, "close 1008"));
  EXPECT_EQ(intake.reports, "timeout") << "who announces and sends nothing is not kept";
}

TEST_F(Device, TheEngineMayBeGoneWhenTheFirstChunkComes) {
  start(1000);
  intake.begin_error = Code::busy;
  EXPECT_THAT(chunk(blob(300)), ElementsAre(kErrorStart));
  EXPECT_EQ(outcome(), "busy");
  EXPECT_EQ(intake.reports, "") << "the engine has told";
  EXPECT_FALSE(closed());
}

TEST_F(Device, LosesTheEngineToASenderThatProvedItself) {
  start(1000);
  chunk(blob(100));
  intake.in_session = false;
  intake.offer.holder->on_taken_over();
  EXPECT_THAT(chunk(blob(100)), ElementsAre(kErrorWrite));
  EXPECT_EQ(outcome(), "busy");
  EXPECT_EQ(intake.misuse + intake.reports, "") << "its end was told";
  EXPECT_FALSE(closed());
}

TEST_F(Device, WhatRunsAlreadyIsASuccess) {
  intake.taken = Taken::current;
  start(500);
  EXPECT_FALSE(intake.offer.again);
  EXPECT_THAT(chunk(blob(500)), ElementsAre(R"({"name":"otaEnd","value":"OK","current":true })"));
  EXPECT_EQ(outcome(), "ok");
  steering.restart_error = Code::unsigned_image;
  EXPECT_THAT(say(kRestart), ElementsAre(error("Error command"))) << "nothing waits for a restart";
  EXPECT_THAT(say(R"({"name":"otaForce","value":"true"})"), IsEmpty());
  intake.taken = Taken::installed;
  start(500);
  EXPECT_TRUE(intake.offer.again);
  EXPECT_THAT(chunk(blob(500)), ElementsAre(kEnd));
}

TEST_F(Device, EngineRefusesTheContent) {
  intake.write_error = Code::wrong_chip;
  start(1000);
  EXPECT_THAT(chunk(blob(500)), ElementsAre(kErrorWrite));
  EXPECT_FALSE(device->proven());
  EXPECT_THAT(chunk(blob(500)), IsEmpty()) << "one that was on its way is ignored";
  EXPECT_EQ(intake.calls, "begin");
  EXPECT_EQ(outcome(), "wrong_chip");
  EXPECT_EQ(intake.reports, "");
  EXPECT_FALSE(closed());
  intake.write_error.reset();
  start(500);
  EXPECT_THAT(chunk(blob(500)), ElementsAre(kEnd)) << "the same connection tries again";
  EXPECT_EQ(intake.misuse, "");
}

TEST_F(Device, EngineRefusesAtTheEnd) {
  intake.finish_error = Code::bad_hash;
  start(500);
  EXPECT_THAT(chunk(blob(500)), ElementsAre(error("Error end ota")));
  EXPECT_EQ(intake.calls, "begin finish");
  EXPECT_EQ(outcome(), "bad_hash");
}

TEST_F(Device, MoreThanItsSizeIsRefusedUnread) {
  start(500);
  EXPECT_THAT(chunk(blob(300)), ElementsAre(next(300)));
  EXPECT_THAT(chunk(blob(201)), ElementsAre(kErrorWrite));
  EXPECT_EQ(intake.last_bytes.size(), 300U);
  EXPECT_EQ(intake.calls, "begin abort:protocol");
  EXPECT_FALSE(closed());
}

TEST_F(Device, AnyLengthWillDo) {
  start(5);
  EXPECT_THAT(chunk("1"), ElementsAre(next(1)));
  EXPECT_THAT(chunk(""), ElementsAre(next(1)));
  EXPECT_THAT(chunk("2345"), ElementsAre(kEnd));
}

TEST_F(Device, CancelWithAChunkInFlight) {
  start(1000);
  chunk(blob(400));
  EXPECT_THAT(send(ws_text(kCancel) + ws_binary(blob(400))), ElementsAre(kCancelled));
  EXPECT_EQ(intake.calls, "begin abort:aborted");
  EXPECT_THAT(say(kCancel), ElementsAre(kCancelled)) << "also if nothing runs";
  EXPECT_FALSE(closed());
}

TEST_F(Device, SecondSizeBeginsAgain) {
  start(1000);
  chunk(blob(400));
  EXPECT_THAT(start(500), ElementsAre(kSetChunk, kFirst));
  EXPECT_THAT(chunk(blob(500)), ElementsAre(kEnd));
  EXPECT_EQ(intake.calls, "begin abort:aborted begin finish");
}

TEST_F(Device, BadTextAbortsAndStays) {
  start(1000);
  chunk(blob(100));
  EXPECT_THAT(say("otaSize 1000"), ElementsAre(error("Error json str")));
  EXPECT_EQ(intake.calls, "begin abort:protocol");
  EXPECT_FALSE(closed());
}

TEST_F(Device, TextWhereBinaryIsDue) {
  start(1000);
  EXPECT_THAT(say(blob(300)), ElementsAre(error("Error json str")));
  EXPECT_FALSE(intake.in_session);
}

TEST_F(Device, UnknownNamesAreIgnored) {
  start(1000);
  chunk(blob(100));
  EXPECT_THAT(say(R"({"name":"otaFuture","value":1})"), IsEmpty());
  EXPECT_THAT(say(R"({"name":"OTASIZE","value":1})"), IsEmpty());
  EXPECT_TRUE(intake.in_session);
}

TEST_F(Device, ClientErrorEndsTheUpdate) {
  start(1000);
  chunk(blob(100));
  EXPECT_THAT(say(R"({"name":"otaError","value":7})"), ElementsAre(error("Error command")));
  EXPECT_EQ(intake.calls, "begin abort:aborted");
}

TEST_F(Device, SilenceEndsAnUpdate) {
  start(10'000);
  chunk(blob(100));
  EXPECT_THAT(wait(kWsIdleMs - 1ms), IsEmpty());
  EXPECT_THAT(wait(1ms), ElementsAre(kErrorWrite, "close 1008"));
  EXPECT_EQ(intake.calls, "begin abort:timeout");
  EXPECT_TRUE(closed());
}

TEST_F(Device, DripIsNoUpdate) {
  start(100'000);
  Talk talk;
  for (int second = 0; second < 60 && !closed(); ++second) {
    wait(1s);
    talk = chunk("x");
  }
  EXPECT_THAT(talk, ElementsAre(kErrorWrite, "close 1008"));
  EXPECT_EQ(intake.calls, "begin abort:timeout");
}

TEST_F(Device, SlowButFastEnough) {
  start(100 * kWsMinRate);
  for (int second = 0; second < 99; ++second) {
    wait(1s);
    EXPECT_THAT(chunk(blob(kWsMinRate)), ElementsAre(next((second + 1) * kWsMinRate)));
  }
  EXPECT_THAT(chunk(blob(kWsMinRate)), ElementsAre(kEnd));
}

TEST_F(Device, SilenceWithoutAnUpdateIsFine) {
  EXPECT_EQ(channel->deadline(), std::nullopt);
  EXPECT_THAT(wait(24h), IsEmpty());
  EXPECT_FALSE(closed());
}

TEST_F(Device, TellsOfATrialAndKeepsTheImage) {
  steering.on_trial = true;
  connect();
  EXPECT_THAT(hear(), ElementsAre(R"({"name":"otaCheckRollback","value":"true" })"));
  EXPECT_THAT(say(R"({"name":"otaProcessRollback","value":"false"})"), IsEmpty());
  EXPECT_EQ(steering.calls, "confirm");
  EXPECT_THAT(say(R"({"name":"otaProcessRollback","value":"false"})"), IsEmpty()) << "once more";
  EXPECT_EQ(intake.reports, "");
  EXPECT_FALSE(closed());
}

TEST_F(Device, RollsBack) {
  for (const char* value : {R"("true")", "true"}) {
    steering.on_trial = true;
    connect();
    hear();
    EXPECT_THAT(say(std::string(R"({"name":"otaProcessRollback","value":)") + value + "}"),
                ElementsAre("close 1001"));
    EXPECT_EQ(device->wish(), WsWish::roll_back);
  }
  EXPECT_EQ(steering.calls, "roll_back:went_back roll_back:went_back");
}

TEST_F(Device, WhoMayInstallNothingDecidesNothing) {
  steering.on_trial = true;
  steering.decide_error = Code::unsigned_image;
  connect();
  hear();
  for (const char* wish : {R"({"name":"otaProcessRollback","value":"true"})",
                           R"({"name":"otaProcessRollback","value":"false"})",
                           R"({"name":"otaRestartInto","value":"safeboot"})",
                           R"({"name":"otaRetry","value":"0011223344556677"})"}) {
    EXPECT_THAT(say(wish), ElementsAre(error("Error command"))) << wish;
    EXPECT_EQ(outcome(), "unsigned");
  }
  EXPECT_EQ(steering.calls, "");
  EXPECT_EQ(device->wish(), WsWish::none);
  EXPECT_EQ(intake.reports, "unsigned unsigned unsigned unsigned");
  EXPECT_FALSE(closed());
}

TEST_F(Device, AWishThatIsRefusedDisturbsNoUpdate) {
  steering.decide_error = Code::unsigned_image;
  start(500);
  chunk(blob(300));
  EXPECT_THAT(say(R"({"name":"otaRetry","value":"0011223344556677"})"),
              ElementsAre(error("Error command")));
  EXPECT_THAT(chunk(blob(200)), ElementsAre(kEnd));
  EXPECT_EQ(intake.reports, "");
}

TEST_F(Device, LetsInByName) {
  EXPECT_THAT(say(R"({"name":"otaRetry","value":"00112233445566ff"})"), IsEmpty());
  EXPECT_EQ(steering.calls, "let_in");
  EXPECT_EQ(steering.named, parse_image_name("00112233445566ff"));
  for (const char* value : {"", "0011", "00112233445566gg", "00112233445566ff00"}) {
    EXPECT_THAT(say(std::string(R"({"name":"otaRetry","value":")") + value + "\"}"),
                ElementsAre(error("Error command")))
        << value;
  }
  EXPECT_EQ(steering.calls, "let_in");
  steering.let_in_error = Code::not_remembered;
  EXPECT_THAT(say(R"({"name":"otaRetry","value":"00112233445566ff"})"),
              ElementsAre(error("Error command")));
  EXPECT_EQ(outcome(), "not_remembered");
}

TEST_F(Device, RestartsIntoAnAppByItsName) {
  EXPECT_THAT(say(R"({"name":"otaRestartInto","value":"safeboot"})"), ElementsAre("close 1001"));
  EXPECT_EQ(steering.calls, "restart_into:safeboot");
  EXPECT_EQ(device->wish(), WsWish::restart);

  connect();
  steering.into_error = Code::no_other_image;
  EXPECT_THAT(say(R"({"name":"otaRestartInto","value":"nothing"})"),
              ElementsAre(error("Error command")));
  EXPECT_EQ(outcome(), "no_other_image");
  EXPECT_EQ(device->wish(), WsWish::none);
  EXPECT_FALSE(closed());
}

TEST_F(Device, RollBackThatCannotBe) {
  EXPECT_THAT(say(R"({"name":"otaProcessRollback","value":"true"})"),
              ElementsAre(error("Error command")));
  EXPECT_EQ(intake.reports, "not_pending");
  steering.on_trial = true;
  steering.roll_back_error = Code::no_other_image;
  EXPECT_THAT(say(R"({"name":"otaProcessRollback","value":"true"})"),
              ElementsAre(error("Error command")));
  EXPECT_EQ(device->wish(), WsWish::none);
  EXPECT_EQ(outcome(), "no_other_image");
}

TEST_F(Device, KeepingThatFails) {
  steering.on_trial = true;
  steering.confirm_error = Code::flash;
  EXPECT_THAT(say(R"({"name":"otaProcessRollback","value":"false"})"),
              ElementsAre(error("Error command")));
  EXPECT_EQ(intake.reports, "flash");
}

TEST_F(Device, RestartNeedsTheGateOrAnUpdateOfItsOwn) {
  steering.restart_error = Code::unsigned_image;
  EXPECT_THAT(say(kRestart), ElementsAre(error("Error command")));
  EXPECT_EQ(intake.reports, "unsigned");
  EXPECT_EQ(device->wish(), WsWish::none);
  start(500);
  EXPECT_THAT(chunk(blob(500)), ElementsAre(kEnd));
  EXPECT_THAT(say(kRestart), ElementsAre("close 1001"));
  EXPECT_EQ(device->wish(), WsWish::restart);
}

TEST_F(Device, InstalledStaysInstalled) {
  start(500);
  chunk(blob(500));
  EXPECT_THAT(say(kCancel), ElementsAre(kCancelled));
  intake.welcome_error = Code::busy;
  EXPECT_THAT(start(500), ElementsAre(kErrorStart));
  steering.restart_error = Code::unsigned_image;
  EXPECT_THAT(say(kRestart), ElementsAre("close 1001"));
}

TEST_F(Device, GoesAwayWithAnUpdate) {
  start(1000);
  chunk(blob(100));
  device->go_away();
  channel->on_waiting(now);
  EXPECT_THAT(hear(), ElementsAre("close 1001"));
  EXPECT_EQ(intake.calls, "begin abort:aborted");
  EXPECT_TRUE(closed());
}

TEST_F(Device, PeerThatNeverReadsIsLeft) {
  std::string wire;
  for (std::size_t i = 0; i <= kWsPending; ++i) wire += ws_text(kCancel);
  const Talk talk = send(wire);
  ASSERT_EQ(talk.size(), kWsPending + 1);
  EXPECT_EQ(talk.back(), "close 1008");
}

TEST_F(Device, PeerThatNeverReadsLosesItsUpdate) {
  start(1000);
  chunk(blob(100));
  std::string wire;
  for (std::size_t i = 0; i <= kWsPending; ++i) wire += ws_binary("");
  const Talk talk = send(wire);
  EXPECT_EQ(talk.back(), "close 1008");
  EXPECT_EQ(intake.calls, "begin abort:aborted");
}

TEST_F(Device, CloseThatNobodyTakesEndsAllTheSame) {
  device->go_away();
  channel->on_waiting(now);
  ASSERT_NE(channel->deadline(), std::nullopt);
  channel->on_deadline(now + kWsCloseMs);
  EXPECT_TRUE(closed());
}

}  // namespace
}  // namespace updraft::link
