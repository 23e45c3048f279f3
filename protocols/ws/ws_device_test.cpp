#include "protocols/ws/ws_device.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/ws/ws_bench.hpp"
#include "protocols/ws/ws_said_samples.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::blob, samples::ws_binary, samples::ws_text;
using testing::ElementsAre, testing::IsEmpty;
using namespace samples::said;

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
