// What was received is brought to its place while the product runs. With power cuts:
// tests/powerloss/part_cut_test.cpp, the stories with `now`.
#include "engine/parts/test_part_bench.hpp"

namespace updraft::parts {
namespace {

class BroughtNow : public PartBench {
 protected:
  explicit BroughtNow(const char* more = "") : PartBench(more) {
    EXPECT_TRUE(send("fs:web", before));
    power_on();
    EXPECT_TRUE(engine().confirm());
    news.clear();
    flash->reset_stats();
  }
  std::string now(std::string_view label) {
    const Result<bool> brought = engine().bring_now(label);
    return !brought ? word(brought) : *brought ? "there" : "waits";
  }
  bool on_unmount(std::string_view label) override {
    news += " unmount:" + std::string(label);
    if (meanwhile) meanwhile();
    return unmounts;
  }

  void on_part(const PartNews& what) override {
    PartBench::on_part(what);
    if (fails && what.state == PartState::copying) flash->cut_power_at(3, sim::Cut::torn);
  }

  const std::vector<std::byte> before = make_littlefs(kWeb, 1), after = make_littlefs(kWeb, 2);
  std::function<void()> meanwhile;
  bool fails = false;  // flash does, in the middle of the copy
};

TEST_F(BroughtNow, IsThereAndOnTrialAndNoRestartIsDue) {
  ASSERT_TRUE(send("fs:web", after));
  EXPECT_TRUE(device->updater().waits_for_restart());
  ASSERT_EQ(now("web"), "there");
  EXPECT_EQ(news, "web:staged unmount:web web:copying web:ready mount:web:whole");
  EXPECT_EQ(content("web"), after);
  EXPECT_TRUE(keeper().ready("web"));
  EXPECT_FALSE(device->updater().waits_for_restart());
  EXPECT_EQ(send("fs:web", before).error().code, Code::pending_confirm) << "it is on trial";
  ASSERT_TRUE(engine().confirm());
  ASSERT_TRUE(send("fs:web", before)) << "the next one";
  ASSERT_EQ(now("web"), "there");
  EXPECT_EQ(content("web"), before);
}

TEST_F(BroughtNow, ComesBackIfItIsNotConfirmed) {
  ASSERT_TRUE(send("fs:web", after));
  ASSERT_EQ(now("web"), "there");
  for (int start = 0; start < 3; ++start) {
    power_on();
    EXPECT_EQ(content("web"), after) << start;
  }
  power_on();
  EXPECT_EQ(content("web"), before);
  EXPECT_EQ(send("fs:web", after).error().code, Code::known_bad);
}

TEST_F(BroughtNow, WaitsForTheNextStartWhereTheProductNeedsIt) {
  ASSERT_TRUE(send("fs:web", after));
  unmounts = false;
  EXPECT_EQ(now("web"), "waits");
  EXPECT_EQ(news, "web:staged unmount:web web:waiting") << "and what is mounted stays so";
  EXPECT_EQ(content("web"), before);
  EXPECT_TRUE(device->updater().waits_for_restart());
  power_on();
  EXPECT_EQ(content("web"), after);
  EXPECT_TRUE(keeper().ready("web"));
}

TEST_F(BroughtNow, ChangesNothingWhereNothingWaits) {
  EXPECT_EQ(now("web"), "there");
  EXPECT_EQ(now("nowhere"), "no_partition");
  EXPECT_EQ(news, "");
  EXPECT_EQ(erases(), 0u);
}

TEST_F(BroughtNow, KeepsOutOfAnUpdateThatIsOnItsWay) {
  const Offer app{.scheme = kWs, .size = 5000};
  ASSERT_TRUE(engine().begin(app));
  EXPECT_EQ(now("web"), "busy");
  EXPECT_EQ(news, "") << "the product is not asked";
}

TEST_F(BroughtNow, IsNotConfirmedBeforeItWasTried) {
  ASSERT_TRUE(send("fs:web", after));
  EXPECT_EQ(word(engine().confirm()), "busy");
  unmounts = false;
  EXPECT_EQ(now("web"), "waits");
  EXPECT_EQ(word(engine().confirm()), "busy");
  for (int start = 0; start < 3; ++start) power_on();
  power_on();
  EXPECT_EQ(content("web"), before) << "nobody confirmed it";
}

// The product is asked without a lock: what waited may be given up until it has answered.
TEST_F(BroughtNow, IsNotBroughtOnceItWasGivenUp) {
  ASSERT_TRUE(send("fs:web", after));
  meanwhile = [this] { EXPECT_TRUE(engine().roll_back(RolledBack::went_back)); };
  EXPECT_EQ(now("web"), "there");
  EXPECT_EQ(content("web"), before);
  EXPECT_EQ(news, "web:staged unmount:web mount:web:whole");
  EXPECT_TRUE(keeper().ready("web"));
}

TEST_F(BroughtNow, TheDataOfAnotherAppStays) {
  ASSERT_TRUE(send("fs:web", after));
  ASSERT_EQ(now("web"), "there");
  ASSERT_TRUE(engine().confirm());
  ASSERT_TRUE(send("app", sim::make_image({.version = "2.0.0"})));
  news.clear();
  EXPECT_EQ(now("web"), "there");
  EXPECT_EQ(news, "");
  EXPECT_TRUE(device->updater().waits_for_restart()) << "for the app";
}

TEST_F(BroughtNow, WhatFlashRefusesIsSaidToBeHalf) {
  ASSERT_TRUE(send("fs:web", after));
  fails = true;
  EXPECT_EQ(now("web"), "flash");
  EXPECT_TRUE(news.ends_with(" mount:web:half")) << news;
  EXPECT_FALSE(keeper().ready("web"));
  fails = false;
  power_on();
  EXPECT_EQ(content("web"), after);
  EXPECT_TRUE(keeper().ready("web"));
}

// What the product keeps is handed back once the new content is mounted.
class KeptAndBroughtNow : public BroughtNow {
 protected:
  std::size_t on_replacing(std::string_view, std::uint32_t offset, MutableBytes room) override {
    if (offset != 0) return 0;
    std::ranges::fill(room.first(100), std::byte{7});
    return 100;
  }
  bool on_replaced(std::string_view label, std::uint32_t, Bytes kept) override {
    EXPECT_EQ(content(label), after);
    if (!kept.empty()) news += " kept:" + std::to_string(kept.size());
    return true;
  }
};

TEST_F(KeptAndBroughtNow, WhatTheProductKeepsComesBackBehindIt) {
  ASSERT_TRUE(send("fs:web", after));
  ASSERT_EQ(now("web"), "there");
  EXPECT_TRUE(news.ends_with(" mount:web:whole kept:100")) << news;
}

// Of a pair nothing is copied: the product mounts the other copy.
class PairNow : public BroughtNow {
 protected:
  PairNow()
      : BroughtNow("ui_0, data, littlefs, 0x60000, 40K\nui_1, data, littlefs, 0x6A000, 40K\n") {}
};

TEST_F(PairNow, OfAPairTheOtherCopyIsTheProductsFromNowOn) {
  Flash* const was = keeper().partition("ui");
  ASSERT_TRUE(send("fs:ui", after));
  ASSERT_EQ(now("ui"), "there");
  EXPECT_NE(keeper().partition("ui"), was);
  EXPECT_EQ(content("ui"), after);
  EXPECT_EQ(news, "ui:staged unmount:ui mount:ui:whole");
  EXPECT_FALSE(device->updater().waits_for_restart());
}

}  // namespace
}  // namespace updraft::parts
