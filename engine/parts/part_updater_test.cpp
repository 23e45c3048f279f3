// Data for a partition of a whole device in memory: what is refused, with what, and that nothing
// was erased by then. What power cuts leave: tests/powerloss/part_cut_test.cpp.
#include "engine/parts/test_part_bench.hpp"

namespace updraft::parts {
namespace {

std::vector<std::byte> fat_of(std::uint16_t sectors) {
  std::vector<std::byte> image(kWeb, std::byte{0});
  store_le16(image, 11, 4096);
  store_le16(image, 19, sectors);
  store_le16(image, 510, 0xAA55);
  return image;
}
TEST_F(PartBench, WrongFilesAreRefusedBeforeAnythingIsErased) {
  struct Wrong {
    const char* what;
    std::vector<std::byte> content;
  };
  const std::vector<Wrong> files = {
      {"app", sim::make_image({.version = "2.0.0"})},
      {"littlefs of another size", make_littlefs(2 * kWeb, 1)},
      {"web page",
       [] {
         std::vector<std::byte> page = filled(2000, ' ');
         std::ranges::copy(as_bytes("<!DOCTYPE html>"), page.begin());
         return page;
       }()},
      {"text", filled(9000, 'a')},
      {"fat that is too large", fat_of(11)},
      {"patch",
       [] {
         std::vector<std::byte> patch = filled(900, 0);
         std::ranges::copy(as_bytes("UDLT"), patch.begin());
         return patch;
       }()},
      {"signed package",
       [] {
         std::vector<std::byte> package = filled(900, 0);
         package[0] = std::byte{0xD8};
         package[1] = std::byte{0x6B};
         return package;
       }()},
      {"too much", filled(3 * kWeb, 'a')},
      {"blank", filled(kWeb, '\xff')},
  };
  for (const char* target : {"fs:web", "fs:media", "fs:factory_nvs"}) {
    for (const Wrong& file : files) {
      flash->reset_stats();
      const Result<> sent = send(target, file.content);
      EXPECT_FALSE(sent) << file.what << " for " << target;
      EXPECT_EQ(erases(), 0u) << file.what << " for " << target;
      EXPECT_EQ(verdict(sent.error().code), Verdict::refused) << name(sent.error().code);
    }
  }
  EXPECT_EQ(send("fs:web", files[0].content).error().code, Code::wrong_target);
  EXPECT_EQ(send("fs:certs", files[0].content).error().code, Code::wrong_target);
  const Error size = send("fs:web", make_littlefs(kWeb / 2, 1)).error();
  EXPECT_EQ(size.code, Code::wrong_format);
  EXPECT_EQ(size.found, kWeb / 2);
  EXPECT_EQ(size.expected, kWeb);
}

TEST_F(PartBench, IsStagedAndBroughtByTheNextStart) {
  const auto data = make_littlefs(kWeb, 1);
  ASSERT_TRUE(send("fs:web", data));
  EXPECT_EQ(content("web"), filled(kWeb, '\xff')) << "not before the restart";
  EXPECT_EQ(news, "web:staged");
  power_on();
  EXPECT_EQ(news, "web:staged web:copying web:ready");
  EXPECT_TRUE(keeper().ready("web"));
  EXPECT_EQ(content("web"), data);
}

TEST_F(PartBench, DataOnTrialKeepsUpdatesAway) {
  ASSERT_TRUE(send("fs:web", make_littlefs(kWeb, 1)));
  power_on();
  EXPECT_TRUE(engine().pending());
  EXPECT_EQ(send("fs:web", make_littlefs(kWeb, 2)).error().code, Code::pending_confirm);
  EXPECT_EQ(send("app", sim::make_image({.version = "2.0.0"})).error().code, Code::pending_confirm);
  ASSERT_TRUE(engine().confirm());
  EXPECT_FALSE(engine().pending());
  EXPECT_TRUE(send("fs:web", make_littlefs(kWeb, 2)));
}

TEST_F(PartBench, ThreeStartsWithoutAConfirmationBringTheOldDataBack) {
  const auto before = make_littlefs(kWeb, 1), after = make_littlefs(kWeb, 2);
  ASSERT_TRUE(send("fs:web", before));
  power_on();
  ASSERT_TRUE(engine().confirm());
  ASSERT_TRUE(send("fs:web", after));
  for (int start = 0; start < 3; ++start) {
    power_on();
    EXPECT_EQ(content("web"), after) << start;
  }
  power_on();
  EXPECT_EQ(content("web"), before);
  EXPECT_TRUE(keeper().ready("web"));
  EXPECT_FALSE(engine().pending());
  EXPECT_EQ(send("fs:web", after).error().code, Code::known_bad);
}

TEST_F(PartBench, GivenUpBringsTheOldDataBack) {
  const auto before = make_littlefs(kWeb, 1);
  ASSERT_TRUE(send("fs:web", before));
  power_on();
  ASSERT_TRUE(engine().confirm());
  ASSERT_TRUE(send("fs:web", make_littlefs(kWeb, 2)));
  power_on();
  Flash& web = *keeper().partition("web");
  ASSERT_TRUE(web.program(9 * kFlashSector, filled(256, 'x')));  // the product writes there, too
  ASSERT_TRUE(engine().roll_back(RolledBack::went_back));
  power_on();
  EXPECT_EQ(content("web"), before) << "what was written during the trial is lost";
}

TEST_F(PartBench, TheProductMaySayNotNow) {
  allowed = false;
  const Result<> sent = send("fs:web", make_littlefs(kWeb, 1));
  EXPECT_EQ(sent.error().code, Code::not_now);
  EXPECT_EQ(verdict(sent.error().code), Verdict::failed);
  EXPECT_EQ(erases(), 0u);
}

TEST_F(PartBench, InPlaceIsUnmountedFirstAndIncompleteUntilItIsWhole) {
  in_place = {"web"};
  power_on();
  const auto data = make_littlefs(kWeb, 1);
  unmounts = false;
  EXPECT_EQ(send("fs:web", data).error().code, Code::part_busy);
  EXPECT_EQ(erases(), 0u);
  unmounts = true;
  ASSERT_TRUE(engine().begin(
      {.scheme = kWs, .size = data.size(), .target = *engine().find_target("fs:web")}));
  ASSERT_TRUE(engine().write(Bytes(data).first(8 * kFlashSector)));
  engine().abort({Code::aborted, Where::link});
  EXPECT_FALSE(keeper().ready("web"));
  power_on();
  EXPECT_FALSE(keeper().ready("web"));
  ASSERT_TRUE(send("fs:web", data));
  EXPECT_TRUE(keeper().ready("web"));
  EXPECT_EQ(content("web"), data);
  power_on();
  EXPECT_TRUE(keeper().ready("web"));
}

TEST_F(PartBench, WithoutRoomForTheOldDataItIsRefusedUnlessThereIsNoWayBack) {
  std::vector<std::byte> full = make_littlefs(kWeb, 1);
  for (std::size_t i = 2 * kFlashSector; i < full.size(); ++i) full[i] = static_cast<std::byte>(i);
  std::vector<std::byte> other = full;
  for (std::size_t i = 2 * kFlashSector; i < full.size(); ++i) other[i] ^= std::byte{0x5A};
  ASSERT_TRUE(send("fs:web", full));  // over what is blank: also that is kept
  power_on();
  ASSERT_TRUE(engine().confirm());
  const Error why = send("fs:web", other).error();
  EXPECT_EQ(why.code, Code::no_room);
  EXPECT_EQ(why.reason, Reason::no_way_back);
  EXPECT_GT(why.found, why.expected);
  power_on();
  EXPECT_EQ(content("web"), full);
  EXPECT_TRUE(keeper().ready("web"));
  ASSERT_TRUE(send("fs:web", other, true));
  power_on();
  EXPECT_EQ(content("web"), other);
}

// Beside a factory or rescue app no slot is idle: the one there is holds the app to go back to.
class BesideARescueApp : public PartBench {
 protected:
  BesideARescueApp() : PartBench("rescue, app, factory, 0x60000, 64K\n") {}
};

TEST_F(BesideARescueApp, DataIsReceivedWhereItIs) {
  ASSERT_FALSE(device->app().index >= 0);
  const auto slot = std::vector<std::byte>(cells.begin() + 0x10000, cells.begin() + 0x20000);
  const auto data = make_littlefs(kWeb, 1);
  ASSERT_TRUE(send("fs:web", data));
  EXPECT_EQ(content("web"), data);
  EXPECT_TRUE(keeper().ready("web"));
  EXPECT_TRUE(std::ranges::equal(slot, std::span(cells).subspan(0x10000, 0x10000)));
}

// Who proved himself goes first only as long as nothing was changed.
TEST_F(PartBench, IsNotTakenOverOnceSomethingIsWritten) {
  struct Seat final : Holder {
    void on_taken_over() override { lost = true; }
    bool lost = false;
  } seat;
  in_place = {"web"};
  power_on();
  const auto data = make_littlefs(kWeb, 1);
  const std::uint8_t target = *engine().find_target("fs:web");
  const Offer stranger{.scheme = kWs, .size = data.size(), .target = target, .holder = &seat};
  const Offer owner{.scheme = kWs, .size = data.size(), .sender_proved = true, .target = target};
  ASSERT_TRUE(engine().begin(stranger));
  EXPECT_TRUE(engine().begin(owner)) << "nothing was written yet";
  EXPECT_TRUE(std::exchange(seat.lost, false));
  engine().abort({Code::aborted, Where::link});
  ASSERT_TRUE(engine().begin(stranger));
  ASSERT_TRUE(engine().write(Bytes(data).first(2 * kFlashSector)));
  EXPECT_EQ(engine().begin(owner).error().code, Code::busy);
  EXPECT_FALSE(seat.lost);
  ASSERT_TRUE(engine().write(Bytes(data).subspan(2 * kFlashSector)));
  ASSERT_TRUE(engine().finish());
  EXPECT_TRUE(keeper().ready("web"));
}

TEST_F(PartBench, AnUnprovenSenderNeedsTheGate) {
  const Result<std::uint8_t> target = engine().find_target("fs:web");
  ASSERT_TRUE(target);
  EXPECT_EQ(engine().begin({.scheme = kRaw, .size = kWeb, .target = *target}).error().code,
            Code::unsigned_image);
  EXPECT_EQ(erases(), 0u);
}

}  // namespace
}  // namespace updraft::parts
