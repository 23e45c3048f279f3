// What an update by ws:// is for: otaTarget, its echo, and a device that does not know it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/ws/ws_channel.hpp"
#include "protocols/ws/ws_device.hpp"
#include "protocols/ws/ws_host.hpp"
#include "protocols/ws/ws_samples.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/fake_steering.hpp"
#include "tests/fakes/fake_targets.hpp"
#include "tests/fakes/pipe.hpp"

namespace updraft::link {
namespace {

class WsTargets : public testing::Test {
 protected:
  // The client's texts, one after the other; what the device answers.
  std::vector<std::string> say(const std::vector<std::string>& texts, bool knows = true) {
    PartTargets own(targets);
    WsDevice device(intake, steering, {.targets = knows ? &own : nullptr});
    WsChannel channel(device, WsSide::server);
    channel.on_connected(now);
    for (const std::string& text : texts) channel.on_bytes(as_bytes(samples::ws_text(text)), now);
    std::string heard;
    std::array<std::byte, 64> part;
    while (const std::size_t size = channel.write_to(part)) {
      heard.append(reinterpret_cast<const char*>(part.data()), size);
    }
    std::vector<std::string> talk;
    for (const samples::WsSent& frame : samples::ws_frames(heard)) {
      talk.push_back(samples::spoken(frame));
    }
    return talk;
  }
  static std::string target(const std::string& name) {
    return R"({"name":"otaTarget","value":")" + name + R"("})";
  }

  fakes::FakeIntake intake;
  fakes::FakeSteering steering;
  fakes::FakeTargets targets;
  const std::string image = samples::blob(600);
  Instant now{std::chrono::hours(7)};
};

constexpr auto kSize = R"({"name":"otaSize","value":20})";
constexpr auto kChunk = R"({"name":"otaSetChunkSize","value":8192})";
constexpr auto kAsk = R"({"name":"otaGetChunk","value":0})";
constexpr auto kNo = R"({"name":"otaError","value":"Error command"})";

TEST_F(WsTargets, TheDeviceAnswersWithTheSameText) {
  EXPECT_THAT(say({target("fs:web"), kSize}), testing::ElementsAre(target("fs:web"), kChunk, kAsk));
  EXPECT_THAT(say({target("fs")}), testing::ElementsAre(target("fs")));
  EXPECT_THAT(say({target("app")}), testing::ElementsAre(target("app")));
}

// Nothing of them: an answer would say that the file may come.
TEST_F(WsTargets, WhatItDoesNotHaveIsRefused) {
  EXPECT_THAT(say({target("fs:none")}), testing::ElementsAre(kNo));
  EXPECT_EQ(intake.reports, "no_partition");
  intake.calls.clear();
  intake.reports.clear();
  EXPECT_THAT(say({target("fs:nvs")}), testing::ElementsAre(kNo));
  EXPECT_EQ(intake.reports, "wrong_target");
  intake.calls.clear();
  intake.reports.clear();
  EXPECT_THAT(say({target("fs:web")}, false), testing::IsEmpty())
      << "as an original, it ignores it";
}

TEST_F(WsTargets, ATargetIsForOneUpdate) {
  for (const bool named : {true, false}) {
    intake.calls.clear();
    intake.reports.clear();
    PartTargets own(targets);
    WsDevice device(intake, steering, {.targets = &own});
    WsHost host({.image = as_bytes(image), .target = named ? "fs:certs" : ""});
    WsChannel there(device, WsSide::server);
    WsChannel here(host, WsSide::client);
    Pipe(here, there, 100).run();
    EXPECT_TRUE(here.outcome().has_value());
    EXPECT_EQ(intake.offer.target, named ? 3 : 0);
    EXPECT_FALSE(intake.offer.one_way);
  }
}

TEST_F(WsTargets, OneWayIsSaid) {
  PartTargets own(targets);
  WsDevice device(intake, steering, {.targets = &own});
  WsHost host({.image = as_bytes(image), .target = "fs:web", .one_way = true});
  WsChannel there(device, WsSide::server);
  WsChannel here(host, WsSide::client);
  Pipe(here, there, 100).run();
  EXPECT_TRUE(here.outcome().has_value());
  EXPECT_TRUE(intake.offer.one_way);
}

// An old device would take the file for an app.
TEST_F(WsTargets, NoAnswerAndNothingIsSent) {
  WsHost host({.image = as_bytes(image), .target = "fs:web"});
  host.on_open(now);
  host.on_deadline(now += kWsGreetMs);
  ASSERT_TRUE(host.next_message());  // otaTarget
  EXPECT_FALSE(host.next_message());
  host.on_deadline(now + kWsTargetMs - Millis{1});
  EXPECT_TRUE(host.deadline().has_value());
  host.on_deadline(now + kWsTargetMs);
  ASSERT_FALSE(host.outcome());
  EXPECT_EQ(host.outcome().error().code, Code::wrong_target);
  EXPECT_EQ(host.outcome().error().reason, Reason::no_targets);
  EXPECT_EQ(host.sent(), 0u);
}

}  // namespace
}  // namespace updraft::link
