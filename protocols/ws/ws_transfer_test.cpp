// Both ends together, on a wire that cuts messages anywhere.
#include <gtest/gtest.h>

#include "protocols/ws/ws_channel.hpp"
#include "protocols/ws/ws_device.hpp"
#include "protocols/ws/ws_host.hpp"
#include "protocols/ws/ws_samples.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/fake_steering.hpp"
#include "tests/fakes/pipe.hpp"

namespace updraft::link {
namespace {

class WsTransfer : public testing::TestWithParam<std::size_t> {};

TEST_P(WsTransfer, ArrivesAsItIs) {
  for (const std::size_t size : {1, 288, 289, 8192, 8193, 50'000}) {
    fakes::FakeIntake intake;
    fakes::FakeSteering steering;
    const std::string image = samples::blob(size);
    WsDevice device(intake, steering);
    WsHost host({.image = as_bytes(image), .restart = true});
    WsChannel there(device, WsSide::server);
    WsChannel here(host, WsSide::client);
    Pipe(here, there, GetParam()).run();
    EXPECT_TRUE(here.outcome().has_value()) << size;
    EXPECT_TRUE(std::ranges::equal(intake.last_bytes, as_bytes(image))) << size;
    EXPECT_EQ(device.wish(), WsWish::restart);
    EXPECT_EQ(host.sent(), size);
    EXPECT_EQ(intake.misuse, "");
  }
}

INSTANTIATE_TEST_SUITE_P(Pieces, WsTransfer, testing::Values(1, 2, 7, 1460, 65536));

TEST(WsTransfer, TrialIsDecidedFirst) {
  for (const bool keep : {true, false}) {
    fakes::FakeIntake intake;
    fakes::FakeSteering steering;
    steering.on_trial = true;
    WsDevice device(intake, steering);
    WsHost host({.image = {}, .trial = keep ? WsHost::Trial::keep : WsHost::Trial::go_back});
    WsChannel there(device, WsSide::server);
    WsChannel here(host, WsSide::client);
    Pipe(here, there, 1460).run();
    EXPECT_TRUE(here.outcome().has_value());
    EXPECT_EQ(steering.calls, keep ? "confirm" : "roll_back:went_back");
    EXPECT_EQ(device.wish(), keep ? WsWish::none : WsWish::roll_back);
  }
}

}  // namespace
}  // namespace updraft::link
