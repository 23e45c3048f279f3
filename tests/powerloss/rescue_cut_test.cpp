// Devices with a rescue app: an update by every protocol, a trial that fails, three crashes, and
// the power cut at every flash operation of all of it. The old, the new or the rescue image runs at
// every start, and in the end the device takes the next update (spec/beyond-app.md sections 4 and
// 10).
#include <map>

#include <gtest/gtest.h>

#include "sim/demo_image.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/powerloss/rig.hpp"

namespace updraft::powerloss {
namespace {

using Cause = RescueBoot::Cause;
using Send = std::string (Rig::*)(Bytes);

struct Way {
  const char* name;
  Send send;
};
const Way kWays[] = {{"raw", &Rig::send_raw},         {"req", &Rig::send_req},
                     {"ws", &Rig::send_ws},           {"bundle", &Rig::send_bundle},
                     {"http", &Rig::send_http},       {"form", &Rig::send_form},
                     {"elegant", &Rig::send_elegant}, {"arduino", &Rig::send_arduino},
                     {"esphome", &Rig::send_esphome}, {"control", &Rig::send_control},
                     {"web", &Rig::send_web},         {"uart", &Rig::send_uart},
                     {"mqtt", &Rig::send_mqtt},       {"sd", &Rig::send_sd}};

RescueReason reason_of(Rig& rig) {
  return rig.device().rescue().start(Cause::other).reason.value_or(RescueReason::asked);
}

class ByEachProtocol : public testing::TestWithParam<Way> {};

// Sends to the app, which hands over, and again to the rescue app.
void update(Rig& rig, Send send, const Image& next) {
  EXPECT_NE((rig.*send)(next), "ok");
  EXPECT_TRUE(rig.device().rescue().restart_due());
  ASSERT_TRUE(rig.power_on());
  ASSERT_EQ(rig.running(), "rescue");
  ASSERT_EQ(reason_of(rig), RescueReason::update);
  ASSERT_EQ((rig.*send)(next), "ok");
  ASSERT_TRUE(rig.power_on());
}

TEST_P(ByEachProtocol, ADeviceOf4MBUpdatesLosesATrialComesBackAndTakesTheNext) {
  const Send send = GetParam().send;
  Rig rig(kRescue4M, make_image("1.0.0", 96 * 1024), Rig::WithRescue{});
  rig.restore();
  ASSERT_TRUE(rig.power_on());
  ASSERT_EQ(rig.running(), "1.0.0");
  update(rig, send, make_image("2.0.0", 64 * 1024));
  ASSERT_EQ(rig.running(), "2.0.0");
  ASSERT_EQ(rig.state(), OtaState::pending_verify);
  ASSERT_TRUE(rig.crash());
  ASSERT_EQ(rig.running(), "rescue");
  EXPECT_EQ(reason_of(rig), RescueReason::trial_failed);
  EXPECT_NE((rig.*send)(make_image("2.0.0", 64 * 1024)), "ok") << "it failed here before";
  ASSERT_EQ((rig.*send)(make_image("3.0.0", 64 * 1024)), "ok");
  ASSERT_TRUE(rig.power_on());
  ASSERT_EQ(rig.running(), "3.0.0");
  ASSERT_TRUE(rig.device().updater().confirm());
  update(rig, send, make_image("4.0.0", 32 * 1024));
  EXPECT_EQ(rig.running(), "4.0.0");
}

INSTANTIATE_TEST_SUITE_P(Rescue, ByEachProtocol, testing::ValuesIn(kWays),
                         [](const auto& row) { return std::string(row.param.name); });

// A story reaches its end from any state of a device that is switched on. It returns early when the
// power goes away.
struct RescueStory {
  const char* name;
  void (*tell)(Rig& rig);
  const char* ends_with;
};

const Image& image_of(const char* version) {
  static std::map<std::string, Image> images;
  Image& image = images[version];
  if (image.empty()) image = make_image(version, 12 * 1024);
  return image;
}

// Until that version runs, and is confirmed. A sender that comes again, as `push` does.
void bring(Rig& rig, const char* version) {
  for (int round = 0; round < 5 && !rig.was_cut(); ++round) {
    if (rig.running() == version) {
      if (rig.state() == OtaState::pending_verify) (void)rig.device().updater().confirm();
      return;
    }
    (void)rig.push(image_of(version));
    if (rig.was_cut() || !rig.power_on()) return;
  }
}

void update_and_confirm(Rig& rig) { bring(rig, "2.0.0"); }

// The new app is never confirmed: a restart ends its trial in the rescue app.
void fail_and_bring_the_next(Rig& rig) {
  if (rig.running() == "1.0.0") {
    (void)rig.push(image_of("9.0.0"));
    if (rig.was_cut() || !rig.power_on()) return;
  }
  if (rig.running() == "rescue") {
    (void)rig.push(image_of("9.0.0"));
    if (rig.was_cut() || !rig.power_on()) return;
  }
  if (rig.running() == "9.0.0" && !rig.crash()) return;
  bring(rig, "2.0.0");
}

void crash_three_times(Rig& rig) {
  for (unsigned i = 0; i < kBootAttempts && rig.running() == "1.0.0"; ++i) {
    if (rig.was_cut() || !rig.crash()) return;
  }
  if (!rig.was_cut()) bring(rig, "2.0.0");
}

void ask_for_it(Rig& rig) {
  if (rig.running() == "1.0.0") {
    (void)rig.device().updater().restart_into("rescue");
    if (rig.was_cut() || !rig.power_on()) return;
  }
  bring(rig, "2.0.0");
}

// Nobody sends again: after a while the app that asked comes back.
void wait_and_go_back(Rig& rig) {
  if (rig.running() == "1.0.0") {
    (void)rig.push(image_of("2.0.0"));
    if (rig.was_cut() || !rig.power_on()) return;
  }
  if (rig.running() != "rescue") return;
  (void)rig.device().rescue().go_back();
  if (!rig.was_cut()) (void)rig.power_on();
}

const RescueStory kRescueStories[] = {
    {"update_and_confirm", update_and_confirm, "2.0.0"},
    {"fail_and_bring_the_next", fail_and_bring_the_next, "2.0.0"},
    {"crash_three_times", crash_three_times, "2.0.0"},
    {"ask_for_it", ask_for_it, "2.0.0"},
    {"wait_and_go_back", wait_and_go_back, "1.0.0"},
};

std::uint64_t rescue_cuts = 0;

using RescueRow = std::tuple<RescueStory, const Geometry*>;

class RescueCut : public testing::TestWithParam<RescueRow> {
 protected:
  static void TearDownTestSuite() {
    std::printf("power cuts tried with a rescue app: %llu\n",
                static_cast<unsigned long long>(rescue_cuts));
  }

  void expect_good_end(Rig& rig) {
    ASSERT_TRUE(rig.power_on()) << "nothing boots";
    const std::string now = rig.running();
    ASSERT_TRUE(now == "1.0.0" || now == "2.0.0" || now == "9.0.0" || now == "rescue") << now;
    ASSERT_TRUE(rig.runs_from_sound_cells());
    std::get<RescueStory>(GetParam()).tell(rig);
    ASSERT_FALSE(rig.was_cut());
    const std::string end = std::get<RescueStory>(GetParam()).ends_with;
    // A cut in the wait may have ended it where it began, or in the rescue app with the reason
    // lost.
    if (end != "1.0.0") {
      ASSERT_EQ(rig.running(), end);
    }
    bring(rig, "3.0.0");
    ASSERT_EQ(rig.running(), "3.0.0") << "the device takes the next update";
  }
};

TEST_P(RescueCut, AnyCutLeavesTheOldTheNewOrTheRescueAppAndTheStoryEndsWell) {
  const auto& [story, geometry] = GetParam();
  const std::uint64_t step = sweep_step(5);
  Rig rig(*geometry, image_of("1.0.0"), Rig::WithRescue{});
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = sweep_start(step);; at += step) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      rig.restore();
      ASSERT_TRUE(rig.power_on());
      rig.cut(at, how);
      story.tell(rig);
      if (!rig.was_cut()) break;  // it ended before the cut: every cut point has been seen
      ++rescue_cuts;
      expect_good_end(rig);
      if (HasFatalFailure()) return;
    }
  }
  rig.restore();
  ASSERT_TRUE(rig.power_on());
  story.tell(rig);
  EXPECT_EQ(rig.running(), story.ends_with);
}

INSTANTIATE_TEST_SUITE_P(Stories, RescueCut,
                         testing::Combine(testing::ValuesIn(kRescueStories),
                                          testing::Values(&kRescue, &kRescueEncrypted)),
                         [](const auto& row) {
                           return std::string(std::get<0>(row.param).name) + "_" +
                                  std::get<1>(row.param)->name;
                         });

TEST(RescueApp, IsNeverEnteredBecauseOfPowerResetPinOrUsb) {
  for (const Geometry* geometry : {&kRescue, &kTwoAndRescue}) {
    Rig rig(*geometry, image_of("1.0.0"), Rig::WithRescue{});
    for (unsigned start = 0; start < 20; ++start) {
      rig.restore();
      ASSERT_TRUE(rig.power_on());
    }
    // Between two crashes as well: the third crash counts, not the starts before it.
    ASSERT_TRUE(rig.crash() && rig.crash());
    for (unsigned start = 0; start < 20; ++start) {
      rig.device().power_off();
      ASSERT_TRUE(rig.power_on());
      ASSERT_EQ(rig.running(), "1.0.0") << geometry->name;
    }
    ASSERT_TRUE(rig.crash());
    EXPECT_EQ(rig.running(), "rescue") << geometry->name << ": the other slot is empty";
  }
}

TEST(RescueApp, IsLeftAloneWhereTheAppGetsHealthyBetweenItsCrashes) {
  Rig rig(kRescue, image_of("1.0.0"), Rig::WithRescue{});
  rig.restore();
  ASSERT_TRUE(rig.power_on());
  for (unsigned start = 0; start < 3000; ++start) {  // the sector is used up more than once
    ASSERT_TRUE(rig.crash());
    ASSERT_EQ(rig.running(), "1.0.0") << start;
    if (start % 2 == 1) rig.device().rescue().healthy();
  }
}

TEST(RescueApp, OfTwoSlotsIsTheLastWayOut) {
  Rig rig(kTwoAndRescue, image_of("1.0.0"), Rig::WithRescue{});
  rig.restore();
  ASSERT_TRUE(rig.power_on());
  ASSERT_EQ(rig.push(image_of("2.0.0")), "ok") << "an update goes to the other slot";
  ASSERT_TRUE(rig.power_on());
  ASSERT_TRUE(rig.device().updater().confirm());
  ASSERT_TRUE(rig.crash() && rig.crash() && rig.crash());
  ASSERT_EQ(rig.running(), "1.0.0") << "the other whole image";
  ASSERT_TRUE(rig.crash()) << "it is on trial, and the bootloader takes it back";
  ASSERT_EQ(rig.running(), "2.0.0");
  ASSERT_TRUE(rig.crash() && rig.crash());
  ASSERT_EQ(rig.running(), "rescue");
  EXPECT_EQ(reason_of(rig), RescueReason::boot_loop);
}

TEST(RescueApp, ThatIsNotWholeIsNeverChosenAndAnUpdateSaysSo) {
  Rig rig(kRescue, image_of("1.0.0"), Rig::WithRescue{});
  rig.restore();
  rig.cells()[0x20000 + 5000] ^= std::byte{1};
  ASSERT_TRUE(rig.power_on());
  const std::vector<std::byte> before(rig.cells().begin(), rig.cells().end());
  EXPECT_EQ(rig.push(image_of("2.0.0")), "rescue_broken");
  EXPECT_FALSE(rig.device().updater().restart_into("rescue"));
  EXPECT_TRUE(std::ranges::equal(before, rig.cells())) << "nothing was written";
  ASSERT_TRUE(rig.crash() && rig.crash() && rig.crash() && rig.crash());
  EXPECT_EQ(rig.running(), "1.0.0") << "there is nowhere to go";
}

TEST(RescueApp, ThatRotsLaterIsSkippedByTheBootloader) {
  Rig rig(kRescue, image_of("1.0.0"), Rig::WithRescue{});
  rig.restore();
  ASSERT_TRUE(rig.power_on());
  EXPECT_EQ(rig.push(image_of("2.0.0")), "rescue_first");
  rig.cells()[0x20000 + 5000] ^= std::byte{1};
  ASSERT_TRUE(rig.power_on());
  EXPECT_EQ(rig.running(), "1.0.0");
}

TEST(RescueApp, GoesBackOnlyToTheAppThatAsked) {
  Rig rig(kRescue, image_of("1.0.0"), Rig::WithRescue{});
  rig.restore();
  ASSERT_TRUE(rig.power_on());
  EXPECT_FALSE(rig.device().rescue().go_back()) << "it is not the rescue app that runs";
  ASSERT_EQ(rig.push(image_of("2.0.0")), "rescue_first");
  ASSERT_TRUE(rig.power_on());
  ASSERT_EQ(rig.running(), "rescue");
  // Whole, and another one: written, and never accepted.
  std::ranges::copy(image_of("3.0.0"), rig.cells().begin() + 0x10000);
  EXPECT_FALSE(rig.device().rescue().go_back());
  std::ranges::copy(image_of("1.0.0"), rig.cells().begin() + 0x10000);
  ASSERT_TRUE(rig.device().rescue().go_back());
  ASSERT_TRUE(rig.power_on());
  EXPECT_EQ(rig.running(), "1.0.0");
  EXPECT_EQ(rig.state(), OtaState::valid) << "it was confirmed before";
}

TEST(RescueApp, IsWhereGivingAnImageUpEnds) {
  Rig rig(kRescue, image_of("1.0.0"), Rig::WithRescue{});
  rig.restore();
  ASSERT_TRUE(rig.power_on());
  ASSERT_EQ(rig.push(image_of("2.0.0")), "rescue_first");
  ASSERT_TRUE(rig.power_on());
  ASSERT_EQ(rig.push(image_of("2.0.0")), "ok");
  ASSERT_TRUE(rig.power_on());
  ASSERT_EQ(rig.state(), OtaState::pending_verify);
  ASSERT_TRUE(rig.device().updater().roll_back(RolledBack::went_back));
  ASSERT_TRUE(rig.power_on());
  EXPECT_EQ(rig.running(), "rescue");
  EXPECT_EQ(rig.push(image_of("2.0.0")), "known_bad");
}

TEST(RescueApp, WhatRunsAlreadyNeedsNoRescueApp) {
  Rig rig(kRescue, image_of("1.0.0"), Rig::WithRescue{});
  rig.restore();
  ASSERT_TRUE(rig.power_on());
  EXPECT_EQ(rig.push(image_of("1.0.0")), "ok");
  EXPECT_FALSE(rig.device().rescue().restart_due());
}

TEST(RescueApp, AWrongFileIsRefusedByTheAppAndNothingRestarts) {
  Rig rig(kRescue, image_of("1.0.0"), Rig::WithRescue{});
  rig.restore();
  ASSERT_TRUE(rig.power_on());
  sim::DemoImage other;
  other.chip = format::find_chip("esp32");
  other.size = 12 * 1024;
  EXPECT_EQ(rig.push(sim::make_image(other)), "wrong_chip");
  EXPECT_FALSE(rig.device().rescue().restart_due());
  EXPECT_EQ(rig.send_ws(make_image("2.0.0", 20 * 1024)), "too_big");
}

}  // namespace
}  // namespace updraft::powerloss
