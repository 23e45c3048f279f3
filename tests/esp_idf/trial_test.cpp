#include "ports/esp_idf/trial.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/esp_idf/app.hpp"

namespace updraft::esp_idf {
namespace {

using testing::Contains;
using testing::HasSubstr;

// A chip that runs 2.0.0 on trial.
struct OnTrial : testing::Test {
  OnTrial() : chip(kTwoSlots, make_image("1.0.0")) {
    EXPECT_EQ(App().push(make_image("2.0.0")), "ok");
    EXPECT_TRUE(chip.power_on());
    app.emplace();
  }
  Trial& trial(Trial::Rules rules) { return trial_.emplace(app->updater, reporter, rules); }

  FakeChip chip;
  std::optional<App> app;
  Reporter reporter{updraft_config_t{}};
  std::optional<Trial> trial_;
};

constexpr Instant at(int seconds) { return Instant{Millis{seconds * 1000}}; }

TEST_F(OnTrial, EndsWellWhenConfirmed) {
  Trial& mine = trial({.within = Millis{60'000}});
  EXPECT_TRUE(mine.runs());
  mine.start(at(0));
  EXPECT_THAT(chip.log, Contains(HasSubstr("within 60 s")));
  EXPECT_FALSE(mine.turn(at(59)));
  mine.ask_to_confirm();
  EXPECT_FALSE(mine.turn(at(60))) << "the answer came in time";
  EXPECT_FALSE(mine.runs());
  EXPECT_EQ(app->boot.running_state(), OtaState::valid);
}

TEST_F(OnTrial, EndsBadlyAtItsDeadline) {
  Trial& mine = trial({.within = Millis{60'000}});
  mine.start(at(5));
  EXPECT_FALSE(mine.turn(at(64)));
  EXPECT_TRUE(mine.turn(at(65))) << "restart now";
  ASSERT_TRUE(chip.power_on());
  EXPECT_EQ(chip.running(), "1.0.0");
}

TEST_F(OnTrial, GivesUpWhenAsked) {
  Trial& mine = trial({});
  mine.start(at(0));
  EXPECT_FALSE(mine.turn(at(100'000))) << "no deadline";
  mine.ask_to_give_up();
  EXPECT_TRUE(mine.turn(at(100'001)));
}

TEST_F(OnTrial, RemembersWhyItEnded) {
  for (const RolledBack why : {RolledBack::failed, RolledBack::went_back}) {
    FakeChip other(kTwoSlots, make_image("1.0.0"));
    ASSERT_EQ(App().push(make_image("2.0.0")), "ok");
    ASSERT_TRUE(other.power_on());
    App tried;
    Trial mine(tried.updater, reporter, {});
    mine.start(at(0));
    why == RolledBack::failed ? mine.ask_to_give_up() : mine.ask_to_go_back();
    EXPECT_TRUE(mine.turn(at(1)));
    other.reset_reason = ESP_RST_SW;
    ASSERT_TRUE(other.power_on());
    App back;
    std::array<Remembered, kRememberedImages> known;
    ASSERT_EQ(back.updater.remembered(known), 1u);
    EXPECT_EQ(known[0].why, why);
    EXPECT_EQ(back.push(make_image("2.0.0")), "known_bad");
    EXPECT_TRUE(back.updater.let_in(image_name(known[0].image)));
    EXPECT_EQ(back.push(make_image("2.0.0")), "ok");
  }
}

TEST_F(OnTrial, AsksForHealthOnceASecond) {
  struct Patient {
    int asked = 0;
    int healthy_from = 4;
  } patient;
  const auto ask = [](void* context) {
    auto& who = *static_cast<Patient*>(context);
    return ++who.asked >= who.healthy_from;
  };
  Trial& mine = trial({.within = Millis{60'000}, .is_healthy = ask, .context = &patient});
  mine.start(at(0));
  for (int quarter = 0; quarter < 12; ++quarter) {
    EXPECT_FALSE(mine.turn(Instant{Millis{quarter * 250}}));
  }
  EXPECT_EQ(patient.asked, 3);
  EXPECT_TRUE(mine.runs());
  EXPECT_FALSE(mine.turn(at(3)));
  EXPECT_FALSE(mine.runs());
}

TEST_F(OnTrial, GoesOnWhereThereIsNoOtherImage) {
  chip.partition("ota_0")[5000] ^= std::byte{1};
  Trial& mine = trial({.within = Millis{1'000}});
  mine.start(at(0));
  EXPECT_FALSE(mine.turn(at(2)));
  EXPECT_THAT(chip.log, Contains(HasSubstr("no other image")));
  mine.ask_to_confirm();
  EXPECT_FALSE(mine.turn(at(3)));
  EXPECT_EQ(app->boot.running_state(), OtaState::valid) << "it may still be kept";
}

TEST(Trial, IsNoneForAConfirmedImage) {
  FakeChip chip(kTwoSlots, make_image("1.0.0"));
  App app;
  Reporter reporter(updraft_config_t{});
  Trial trial(app.updater, reporter, {.within = Millis{1}});
  EXPECT_FALSE(trial.runs());
  trial.start(at(0));
  EXPECT_FALSE(trial.turn(at(9)));
}

}  // namespace
}  // namespace updraft::esp_idf
