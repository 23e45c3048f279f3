// Data that is brought to its place while the product runs: updraft_part_now().
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/esp_idf/chip_files.hpp"
#include "updraft_files.h"

namespace updraft::esp_idf {
namespace {

using testing::Contains;

// Asked for from within the event that says that something came, as a product does it.
class ChipFilesNow : public ChipFiles {
 protected:
  ChipFilesNow() {
    product = this;
    bench.config.on_unmount = [](const char* label, void*) {
      expect_no_lock("on_unmount");
      product->asked.emplace_back(label);
      EXPECT_EQ(product->held(label), label == std::string("web") ? product->web : product->ui);
      return product->yields;
    };
    bench.config.on_mount = [](const char* label, bool complete, void*) {
      expect_no_lock("on_mount");
      product->asked.push_back(std::string(label) + (complete ? " whole" : " half"));
    };
    bench.config.restart = true;
    EXPECT_TRUE(starts());
  }
  // Turns, with time going by; false: it restarted.
  bool stays_up() {
    for (int i = 0; i < 10; ++i) {
      chip.microseconds += 500'000;
      if (!bench.service->turn(Millis{0})) return false;
    }
    return true;
  }

  static inline ChipFilesNow* product = nullptr;
  std::vector<std::byte> web = old_;  // what is mounted
  const std::vector<std::byte> ui = make_littlefs(kSmall, 1);
  std::vector<std::string> asked;
  bool yields = true;
};

TEST_F(ChipFilesNow, ComeToTheirPlaceWithoutARestart) {
  bench.config.confirm_within_s = 60;
  ASSERT_TRUE(starts());
  ASSERT_EQ(send("fs:web", new_), "ok");
  ASSERT_TRUE(bench.parts->ask_now("web"));
  ASSERT_TRUE(stays_up());
  EXPECT_THAT(asked, testing::ElementsAre("web", "web whole"));
  EXPECT_THAT(bench.parted, Contains("web ready"));
  EXPECT_EQ(held("web"), new_);
  EXPECT_TRUE(ready("web"));
  EXPECT_TRUE(bench.service->trial().runs());
  confirm();
  ASSERT_EQ(send("fs:web", old_), "ok") << "the next one";
  web = new_;
  ASSERT_TRUE(bench.parts->ask_now("web"));
  ASSERT_TRUE(stays_up());
  EXPECT_EQ(held("web"), old_);
  EXPECT_TRUE(bench.service->trial().runs()) << "that the one before was confirmed is not enough";
}

TEST_F(ChipFilesNow, ThatNobodyConfirmsAreGivenUpInTime) {
  bench.config.confirm_within_s = 60;
  ASSERT_TRUE(starts());
  ASSERT_EQ(send("fs:web", new_), "ok");
  ASSERT_TRUE(bench.parts->ask_now("web"));
  ASSERT_TRUE(stays_up());
  chip.microseconds += 61'000'000;
  EXPECT_FALSE(stays_up());
  ASSERT_TRUE(starts());
  EXPECT_EQ(held("web"), old_);
  EXPECT_TRUE(ready("web"));
}

TEST_F(ChipFilesNow, ThatAreInUseWaitForTheRestart) {
  yields = false;
  bench.config.is_healthy = [](void*) { return true; };
  bench.config.restart = false;
  ASSERT_TRUE(starts());
  ASSERT_EQ(send("fs:web", new_), "ok");
  ASSERT_TRUE(bench.parts->ask_now("web"));
  ASSERT_TRUE(stays_up());
  EXPECT_THAT(bench.parted, Contains("web waiting"));
  EXPECT_TRUE(ready("web")) << "what is mounted is what it was";
  EXPECT_EQ(held("web"), old_);
  ASSERT_TRUE(starts());
  EXPECT_EQ(held("web"), new_);
  EXPECT_TRUE(bench.service->trial().runs()) << "what waited was not confirmed";
}

TEST_F(ChipFilesNow, OfAPairAreTheOtherCopy) {
  const auto next = make_littlefs(kSmall, 2);
  ASSERT_EQ(send("fs:ui", next), "ok");
  ASSERT_TRUE(bench.parts->ask_now("ui"));
  ASSERT_TRUE(stays_up());
  EXPECT_STREQ(bench.parts->partition("ui")->label, "ui_1");
  EXPECT_EQ(held("ui"), next);
}

TEST_F(ChipFilesNow, WaitForAnUpdateThatIsOnItsWay) {
  ASSERT_EQ(send("fs:web", new_), "ok");
  ASSERT_TRUE(starts());
  confirm();
  const auto intake = [this](auto call) {
    const Held held(bench.service->lock());
    return call(bench.service->intake());
  };
  ASSERT_TRUE(intake([](Intake& it) { return it.begin({.scheme = kRaw, .size = 5000}); }));
  ASSERT_TRUE(bench.parts->ask_now("ui"));
  (void)bench.service->turn(Millis{0});
  EXPECT_THAT(asked, testing::IsEmpty());
  intake([](Intake& it) { return it.abort({Code::aborted, Where::link}); });
  (void)bench.service->turn(Millis{0});
  EXPECT_THAT(asked, testing::ElementsAre("ui", "ui whole"));
}

}  // namespace
}  // namespace updraft::esp_idf
