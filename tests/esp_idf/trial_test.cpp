#include "ports/esp_idf/trial.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "esp_ota_ops.h"
#include "tests/esp_idf/app.hpp"

namespace updraft::esp_idf {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// A chip that runs 2.0.0 on trial.
struct OnTrial : testing::Test {
  OnTrial() : chip(kTwoSlots, make_image("1.0.0")) {
    EXPECT_EQ(App().push(make_image("2.0.0")), "ok");
    EXPECT_TRUE(chip.power_on());
    app.emplace();
  }
  Trial& trial(Trial::Rules rules) { return trial_.emplace(app->updater, reporter, lock, rules); }
  bool turn(Instant now) {
    const Held held(lock);
    return trial_->turn(now);
  }
  // A start of the image on trial, after deep sleep; it is awake for so long. False: given up.
  bool wakes(Trial::Rules rules, Millis awake) {
    trial_.reset();
    app.reset();
    chip.sleep();
    app.emplace();
    trial(rules).start(at(0));
    for (Millis now{0}; now <= awake; now += Millis{250}) {
      if (turn(Instant{now})) return false;
    }
    return true;
  }

  static constexpr Instant at(int seconds) { return Instant{Millis{seconds * 1000}}; }

  FakeChip chip;
  Lock lock;
  std::optional<App> app;
  Reporter reporter{updraft_config_t{}};
  std::optional<Trial> trial_;
};

TEST_F(OnTrial, EndsWellWhenConfirmed) {
  Trial& mine = trial({.within = Millis{60'000}});
  EXPECT_TRUE(mine.runs());
  mine.start(at(0));
  EXPECT_THAT(chip.log, Contains(HasSubstr("within 60 s")));
  EXPECT_FALSE(turn(at(59)));
  mine.ask_to_confirm();
  EXPECT_FALSE(turn(at(60))) << "the answer came in time";
  EXPECT_FALSE(mine.runs());
  EXPECT_EQ(app->boot.running_state(), OtaState::valid);
}

TEST_F(OnTrial, EndsBadlyAtItsDeadline) {
  Trial& mine = trial({.within = Millis{60'000}});
  mine.start(at(5));
  EXPECT_FALSE(turn(at(64)));
  EXPECT_TRUE(turn(at(65))) << "restart now";
  ASSERT_TRUE(chip.power_on());
  EXPECT_EQ(chip.running(), "1.0.0");
}

TEST_F(OnTrial, GivesUpWhenAsked) {
  Trial& mine = trial({});
  mine.start(at(0));
  EXPECT_FALSE(turn(at(100'000))) << "no deadline";
  mine.ask_to_give_up();
  EXPECT_TRUE(turn(at(100'001)));
}

TEST_F(OnTrial, RemembersWhyItEnded) {
  for (const RolledBack why : {RolledBack::failed, RolledBack::went_back}) {
    FakeChip other(kTwoSlots, make_image("1.0.0"));
    ASSERT_EQ(App().push(make_image("2.0.0")), "ok");
    ASSERT_TRUE(other.power_on());
    App tried;
    Trial mine(tried.updater, reporter, lock, {});
    mine.start(at(0));
    why == RolledBack::failed ? mine.ask_to_give_up() : mine.ask_to_go_back();
    {
      const Held held(lock);
      EXPECT_TRUE(mine.turn(at(1)));
    }
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
    EXPECT_FALSE(turn(Instant{Millis{quarter * 250}}));
  }
  EXPECT_EQ(patient.asked, 3);
  EXPECT_TRUE(mine.runs());
  EXPECT_FALSE(turn(at(3)));
  EXPECT_FALSE(mine.runs());
}

// By a WebSocket, the host beside the chip, or the application with ESP-IDF's own call.
TEST_F(OnTrial, IsOverWhoeverEndsIt) {
  int asked = 0;
  const auto ask = [](void* context) {
    ++*static_cast<int*>(context);
    return false;
  };
  for (const bool by_esp_idf : {false, true}) {
    Trial& mine = trial({.within = Millis{120'000}, .is_healthy = ask, .context = &asked});
    mine.start(at(0));
    EXPECT_FALSE(turn(at(0)));
    EXPECT_EQ(asked, 1);
    if (by_esp_idf) {
      ASSERT_EQ(esp_ota_mark_app_valid_cancel_rollback(), ESP_OK);
    } else {
      ASSERT_TRUE(app->updater.confirm());
    }
    for (int second = 1; second <= 200; ++second) EXPECT_FALSE(turn(at(second)));
    EXPECT_EQ(asked, 1) << "nobody is asked once it is over";
    EXPECT_FALSE(mine.runs());
    EXPECT_THAT(chip.log, Not(Contains(HasSubstr("rolling back"))));
    chip.put_record(1, 2, OtaState::pending_verify);
    asked = 0;
  }
}

TEST_F(OnTrial, GoesOnWhereThereIsNoOtherImage) {
  chip.partition("ota_0")[5000] ^= std::byte{1};
  Trial& mine = trial({.within = Millis{1'000}});
  mine.start(at(0));
  EXPECT_FALSE(turn(at(2)));
  EXPECT_THAT(chip.log, Contains(HasSubstr("no other image")));
  mine.ask_to_confirm();
  EXPECT_FALSE(turn(at(3)));
  EXPECT_EQ(app->boot.running_state(), OtaState::valid) << "it may still be kept";
}

// The bootloader starts a sleeper again without a look at otadata.
TEST_F(OnTrial, TheDeadlineCountsTheTimeAwakeOverDeepSleep) {
  constexpr Trial::Rules kMinute{.within = Millis{60'000}};
  trial(kMinute).start(at(0));
  EXPECT_FALSE(turn(at(10)));
  int wakings = 0;
  while (wakes(kMinute, Millis{5'000})) ASSERT_LT(++wakings, 10) << "10 s, and 5 s each time";
  EXPECT_EQ(wakings, 9);
  EXPECT_THAT(chip.log, Contains(HasSubstr("within 5 s")));
  chip.reset_reason = ESP_RST_SW;
  ASSERT_TRUE(chip.power_on());
  EXPECT_EQ(chip.running(), "1.0.0");
}

TEST_F(OnTrial, ASleeperThatIsAwakeForAMomentCountsASecond) {
  constexpr Trial::Rules kMinute{.within = Millis{60'000}};
  trial(kMinute).start(at(0));
  int wakings = 0;
  while (wakes(kMinute, Millis{0})) ASSERT_LT(++wakings, 60);
  EXPECT_EQ(wakings, 59);
}

TEST_F(OnTrial, ASleeperMayConfirmInItsLastSecond) {
  constexpr Trial::Rules kTenSeconds{.within = Millis{10'000}};
  trial(kTenSeconds).start(at(0));
  EXPECT_FALSE(turn(Instant{Millis{9'900}}));
  Trial::Rules healthy = kTenSeconds;
  healthy.is_healthy = [](void*) { return true; };
  EXPECT_TRUE(wakes(healthy, Millis{1'000}));
  EXPECT_EQ(app->boot.running_state(), OtaState::valid);
}

// Whatever stands in RTC memory after a start that is no waking, or that another image left there.
TEST_F(OnTrial, NothingIsCountedBeforeTheFirstStart) {
  constexpr Trial::Rules kTenSeconds{.within = Millis{10'000}};
  const auto is_given_up_at_once = [&](esp_reset_reason_t reason, std::uint8_t image) {
    chip.reset_reason = ESP_RST_SW;
    trial(kTenSeconds).start(at(0));
    EXPECT_FALSE(turn(Instant{Millis{9'900}}));
    chip.sleep();
    chip.reset_reason = reason;
    chip.elf_hash = image;
    app.emplace();
    trial(kTenSeconds).start(at(0));
    return turn(at(1));
  };
  EXPECT_TRUE(is_given_up_at_once(ESP_RST_DEEPSLEEP, 1));
  chip.put_record(1, 2, OtaState::pending_verify);
  EXPECT_FALSE(is_given_up_at_once(ESP_RST_SW, 1));
  EXPECT_FALSE(is_given_up_at_once(ESP_RST_DEEPSLEEP, 2));
}

TEST(Trial, IsNoneForAConfirmedImage) {
  FakeChip chip(kTwoSlots, make_image("1.0.0"));
  App app;
  Reporter reporter(updraft_config_t{});
  Lock lock;
  Trial trial(app.updater, reporter, lock, {.within = Millis{1}});
  EXPECT_FALSE(trial.runs());
  trial.start(Instant{});
  EXPECT_FALSE(trial.turn(Instant{Millis{9'000}}));
}

}  // namespace
}  // namespace updraft::esp_idf
