// What is made of what a device says of itself after an update, on a clock of the test.
#include "host/push/await_restart.hpp"

#include <map>

#include <gtest/gtest.h>

namespace updraft::host {
namespace {

using namespace std::chrono_literals;

// Says from then on that; nullopt: nobody answers.
struct FakeDevice final : PushWatcher {
  std::map<Millis, std::optional<DeviceStatus>> says;
  Instant now{};
  bool stopped = false;
  int trials = 0;
  void on_trial(const DeviceStatus&) override { ++trials; }

  Awaited await(bool settle = true, Millis patience = 20s) {
    const Instant start = now;
    const StatusAsker device{.status = [&]() -> Result<DeviceStatus> {
                               const auto next = says.upper_bound(now - start);
                               if (next == says.begin())
                                 return fail(Code::unreachable, Where::link);
                               const std::optional<DeviceStatus>& said = std::prev(next)->second;
                               if (!said) return fail(Code::unreachable, Where::link);
                               return *said;
                             },
                             .pause = [&](Millis time) { now += time; },
                             .now = [&] { return now; },
                             .stopped = [&] { return stopped; },
                             .watcher = *this};
    return await_restart(device, status("1"), settle, patience);
  }
  static DeviceStatus status(const std::string& boot, const std::string& digest = "new") {
    DeviceStatus status;
    status.boot = boot;
    status.digest = digest;
    return status;
  }
  static DeviceStatus on_trial(const std::string& boot, std::optional<Millis> confirm_in) {
    DeviceStatus trial = status(boot);
    trial.pending = true;
    if (confirm_in) trial.confirm_in_ms = confirm_in->count();
    return trial;
  }
};

TEST(AwaitRestart, IsOverOnceItIsBack) {
  FakeDevice device;
  device.says = {{0s, FakeDevice::status("1")}, {1s, std::nullopt}, {5s, FakeDevice::status("2")}};
  const Awaited awaited = device.await();
  ASSERT_TRUE(awaited.runs);
  EXPECT_EQ(awaited.runs->boot, "2");
  EXPECT_LT(device.now, Instant{6s});
}

TEST(AwaitRestart, WaitsForWhatTheDeviceDecides) {
  FakeDevice device;
  device.says = {{2s, FakeDevice::on_trial("2", 90s)}, {92s, FakeDevice::status("2")}};
  ASSERT_TRUE(device.await().runs);
  EXPECT_GE(device.now, Instant{92s});
  EXPECT_EQ(device.trials, 1);
  device.says = {{2s, FakeDevice::on_trial("2", 3s)}, {4s, FakeDevice::status("3", "old")}};
  EXPECT_EQ(device.await().runs->digest, "old") << "it went back";
}

TEST(AwaitRestart, ButNotForSomebodyElse) {
  FakeDevice device;
  device.says = {{2s, FakeDevice::on_trial("2", std::nullopt)}};
  EXPECT_TRUE(device.await().runs->pending);
  device.says = {{2s, FakeDevice::on_trial("2", 3s)}};
  EXPECT_TRUE(device.await(false).runs->pending) << "nor if nobody asks for it";
}

TEST(AwaitRestart, OneThatStaysUpIsNotLost) {
  FakeDevice device;
  device.says = {{0s, FakeDevice::status("1")}};
  const Awaited awaited = device.await();
  EXPECT_TRUE(awaited.stays);
  EXPECT_FALSE(awaited.runs);
  EXPECT_LT(device.now, Instant{21s});
}

TEST(AwaitRestart, OneThatDoesNotComeBackIs) {
  FakeDevice device;
  device.says = {{0s, FakeDevice::status("1")}, {1s, std::nullopt}};
  const Awaited awaited = device.await();
  EXPECT_FALSE(awaited.stays);
  EXPECT_FALSE(awaited.runs);
  EXPECT_GE(device.now, Instant{kBackMs});
}

TEST(AwaitRestart, EndsWhenItIsStopped) {
  FakeDevice device;
  device.stopped = true;
  EXPECT_FALSE(device.await().runs);
  EXPECT_LT(device.now, Instant{1s});
}

TEST(JudgeRestart, AnotherImageThanTheOneThatWasSentIsARollBack) {
  const DeviceStatus before = FakeDevice::status("1", "old");
  const auto judged = [&](const DeviceStatus& runs, const std::optional<std::string>& digest) {
    Ended ended;
    judge_restart(ended, before, runs, digest);
    EXPECT_EQ(ended.reached, Reached::restarted);
    EXPECT_TRUE(ended.runs);
    return ended.outcome ? "ok" : std::string(name(ended.outcome.error().code));
  };
  EXPECT_EQ(judged(FakeDevice::status("2", "new"), "new"), "ok");
  EXPECT_EQ(judged(FakeDevice::status("2", "new"), std::nullopt), "ok");
  EXPECT_EQ(judged(FakeDevice::status("2", "old"), "new"), "rolled_back");
  DeviceStatus back = FakeDevice::status("3", "old");
  back.last = DeviceStatus::Last{"rolled_back", "rolled_back", "", std::nullopt};
  EXPECT_EQ(judged(back, std::nullopt), "rolled_back");
}

}  // namespace
}  // namespace updraft::host
