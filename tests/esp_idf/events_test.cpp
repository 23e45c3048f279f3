// The events that the application gets: by its callback, and on the default loop.
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

struct Events : testing::Test {
  void start() {
    bench.config.post_events = true;
    ASSERT_EQ(bench.start(), ESP_OK);
  }
  bool install(const Image& image) { return bench.install(image) == "ok"; }
  // All but progress.
  std::vector<int> ids() {
    std::vector<int> ids;
    for (const auto& one : bench.chip.posted) {
      if (one.id != UPDRAFT_EVENT_PROGRESS) ids.push_back(one.id);
    }
    return ids;
  }
  updraft_event_t data(std::size_t i) {
    updraft_event_t event{};
    const Image& bytes = bench.chip.posted.at(i).data;
    EXPECT_EQ(bytes.size(), sizeof event);
    std::memcpy(&event, bytes.data(), std::min(bytes.size(), sizeof event));
    return event;
  }
  ServiceBench bench;
};

TEST_F(Events, TellAnUpdateFromItsHeadToItsEnd) {
  start();
  ASSERT_TRUE(install(make_image("2.0.0", 100 * 1024)));
  EXPECT_THAT(ids(), ElementsAre(UPDRAFT_EVENT_ACCEPTED, UPDRAFT_EVENT_INSTALLED));
  EXPECT_EQ(bench.chip.posted.size(), 2u + 3u) << "progress every 32 KiB";
  EXPECT_EQ(bench.chip.posted.front().base, "UPDRAFT_EVENT");
  const updraft_event_t installed = data(bench.chip.posted.size() - 1);
  EXPECT_STREQ(installed.scheme, "raw");
  EXPECT_STREQ(installed.version, "2.0.0");
  EXPECT_STREQ(installed.project, "demo");
  EXPECT_STREQ(installed.trust, "unsigned");
  EXPECT_EQ(data(0).trust, nullptr) << "nothing is installed yet";
}

// By protocol and size from the first event on.
TEST_F(Events, TellHowItComesAndHowMuchAsSoonAsThatIsKnown) {
  start();
  const Image next = make_image("2.0.0", 40 * 1024);
  ASSERT_TRUE(install(next));
  for (std::size_t i = 0; i + 1 < bench.chip.posted.size(); ++i) {
    EXPECT_STREQ(data(i).scheme, "raw") << i;
    EXPECT_EQ(data(i).total, next.size()) << i;
  }
}

TEST_F(Events, SaySoWhereTheSizeIsNotKnown) {
  start();
  const Image next = make_image("2.0.0", 40 * 1024);
  {
    const Held held(bench.service->lock());
    ASSERT_TRUE(bench.service->intake().begin({.scheme = kRaw}));
    ASSERT_TRUE(bench.service->intake().write(next));
  }
  ASSERT_TRUE(bench.service->turn(Millis{0}));
  EXPECT_STREQ(data(0).scheme, "raw");
  EXPECT_EQ(data(0).total, 0u);
}

TEST_F(Events, TellTheTrialAndItsGoodEnd) {
  start();
  ASSERT_TRUE(install(make_image("2.0.0")));
  ASSERT_TRUE(bench.power_on());
  bench.chip.posted.clear();
  start();
  bench.service->trial().ask_to_confirm();
  ASSERT_TRUE(bench.service->turn(Millis{0}));
  EXPECT_THAT(ids(), ElementsAre(UPDRAFT_EVENT_ON_TRIAL, UPDRAFT_EVENT_CONFIRMED));
}

TEST_F(Events, TellTheTrialAndItsBadEnd) {
  start();
  ASSERT_TRUE(install(make_image("2.0.0")));
  ASSERT_TRUE(bench.power_on());
  bench.chip.posted.clear();
  start();
  bench.service->trial().ask_to_give_up();
  EXPECT_FALSE(bench.service->turn(Millis{0})) << "the chip restarts";
  bench.chip.reset_reason = ESP_RST_SW;
  ASSERT_TRUE(bench.power_on());
  start();
  EXPECT_THAT(ids(), ElementsAre(UPDRAFT_EVENT_ON_TRIAL, UPDRAFT_EVENT_REMEMBERED,
                                 UPDRAFT_EVENT_ROLLED_BACK));
}

TEST_F(Events, TellWhyAnUpdateWasRefused) {
  start();
  EXPECT_FALSE(install(Image(2000, std::byte{'<'})));
  ASSERT_THAT(ids(), ElementsAre(UPDRAFT_EVENT_ENDED)) << "nothing was accepted";
  const updraft_event_t ended = data(bench.chip.posted.size() - 1);
  EXPECT_STREQ(ended.code, "not_an_image");
  EXPECT_TRUE(ended.refused);
  EXPECT_STRNE(ended.message, "");
}

// The callback is asked and told without the lock, in the middle of an update too.
TEST_F(Events, ComeWithoutTheLock) {
  bench.config.may_install = [](const char*, std::uint64_t, void* context) {
    expect_no_lock("may_install");
    return static_cast<ServiceBench*>(context)->service->updater().state() == UpdateState::idle;
  };
  bench.config.is_healthy = [](void*) {
    expect_no_lock("is_healthy");
    return true;
  };
  start();
  ASSERT_TRUE(install(make_image("2.0.0")));
  ASSERT_TRUE(bench.power_on());
  start();
  ASSERT_TRUE(bench.service->turn(Millis{0}));
  EXPECT_THAT(bench.events, Contains(UPDRAFT_EVENT_CONFIRMED));
}

// Many attempts in one turn: what changes the device is told all the same.
TEST_F(Events, ACrowdOfFailuresCostsItsOwnEvents) {
  start();
  {
    const Held held(bench.service->lock());
    for (int i = 0; i < 50; ++i) {
      bench.service->intake().never_began(kRaw, {Code::aborted, Where::link});
    }
  }
  const Image next = make_image("2.0.0");
  {
    const Held held(bench.service->lock());
    Intake& intake = bench.service->intake();
    ASSERT_TRUE(intake.begin({.scheme = kRaw, .size = next.size()}));
    ASSERT_TRUE(intake.write(next));
    ASSERT_TRUE(intake.finish(PayloadEnd::told));
  }
  (void)bench.service->turn(Millis{0});
  EXPECT_EQ(bench.ends.back(), "ok");
  EXPECT_EQ(bench.ends.size(), kEvents - kEventsKept + 1);
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("an event is lost")));
}

TEST_F(Events, AFullLoopCostsEventsAndNothingElse) {
  bench.chip.loop_room = 1;
  start();
  EXPECT_TRUE(install(make_image("2.0.0")));
  EXPECT_THAT(ids(), ElementsAre(UPDRAFT_EVENT_ACCEPTED));
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("an event is lost")));
  EXPECT_THAT(bench.ends, ElementsAre("ok")) << "the callback heard all";
}

TEST_F(Events, AreNotPostedUnlessAskedFor) {
  ASSERT_EQ(bench.start(), ESP_OK);
  ASSERT_TRUE(install(make_image("2.0.0")));
  EXPECT_TRUE(bench.chip.posted.empty());
}

TEST_F(Events, HoldNoTextThatDoesNotPrint) {
  bench.config.project = "";
  start();
  ASSERT_TRUE(install(make_image("2\n\x1b[31m")));
  EXPECT_STREQ(data(bench.chip.posted.size() - 1).version, "2..[31m");
}

}  // namespace
}  // namespace updraft::esp_idf
