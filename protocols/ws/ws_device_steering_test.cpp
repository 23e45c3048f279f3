// What a peer may ask of a WsDevice besides an update: keep, go back, let in, restart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "updraft/policy.hpp"

#include "protocols/ws/ws_bench.hpp"
#include "protocols/ws/ws_device.hpp"
#include "protocols/ws/ws_said_samples.hpp"

namespace updraft::link {
namespace {

using samples::blob;
using testing::ElementsAre, testing::IsEmpty;
using namespace samples::said;

class DeviceSteering : public testing::Test, protected WsBench {};

TEST_F(DeviceSteering, TellsOfATrialAndKeepsTheImage) {
  steering.on_trial = true;
  connect();
  EXPECT_THAT(hear(), ElementsAre(R"({"name":"otaCheckRollback","value":"true" })"));
  EXPECT_THAT(say(R"({"name":"otaProcessRollback","value":"false"})"), IsEmpty());
  EXPECT_EQ(steering.calls, "confirm");
  EXPECT_THAT(say(R"({"name":"otaProcessRollback","value":"false"})"), IsEmpty()) << "once more";
  EXPECT_EQ(intake.reports, "");
  EXPECT_FALSE(closed());
}

TEST_F(DeviceSteering, RollsBack) {
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

TEST_F(DeviceSteering, WhoMayInstallNothingDecidesNothing) {
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

TEST_F(DeviceSteering, AWishThatIsRefusedDisturbsNoUpdate) {
  steering.decide_error = Code::unsigned_image;
  start(500);
  chunk(blob(300));
  EXPECT_THAT(say(R"({"name":"otaRetry","value":"0011223344556677"})"),
              ElementsAre(error("Error command")));
  EXPECT_THAT(chunk(blob(200)), ElementsAre(kEnd));
  EXPECT_EQ(intake.reports, "");
}

TEST_F(DeviceSteering, LetsInByName) {
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

TEST_F(DeviceSteering, RestartsIntoAnAppByItsName) {
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

TEST_F(DeviceSteering, RollBackThatCannotBe) {
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

TEST_F(DeviceSteering, KeepingThatFails) {
  steering.on_trial = true;
  steering.confirm_error = Code::flash;
  EXPECT_THAT(say(R"({"name":"otaProcessRollback","value":"false"})"),
              ElementsAre(error("Error command")));
  EXPECT_EQ(intake.reports, "flash");
}

TEST_F(DeviceSteering, RestartNeedsTheGateOrAnUpdateOfItsOwn) {
  steering.restart_error = Code::unsigned_image;
  EXPECT_THAT(say(kRestart), ElementsAre(error("Error command")));
  EXPECT_EQ(intake.reports, "unsigned");
  EXPECT_EQ(device->wish(), WsWish::none);
  start(500);
  EXPECT_THAT(chunk(blob(500)), ElementsAre(kEnd));
  EXPECT_THAT(say(kRestart), ElementsAre("close 1001"));
  EXPECT_EQ(device->wish(), WsWish::restart);
}

}  // namespace
}  // namespace updraft::link
