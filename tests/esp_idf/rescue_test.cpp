// A rescue app on a chip: updraft_count_start(), the hand-over, and the way back.
#include "ports/esp_idf/rescue.hpp"

#include <gtest/gtest.h>

#include "ports/esp_idf/ota_calls.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

constexpr char kOneAndRescue[] =
    "otadata, data, ota,       0x9000,   0x2000\n"
    "ota_0,   app,  ota_0,     0x10000,  192K\n"
    "rescue,  app,  factory,   0x40000,  64K\n"
    "updraft, data, undefined, 0x50000,  0x8000\n";

// Runs 1.0.0 in ota_0, confirmed, beside its rescue app.
class RescueTest : public testing::Test {
 protected:
  RescueTest() {
    bench.chip.put("rescue", make_image("rescue", 8 * 1024));
    bench.chip.put_record(0, 1, OtaState::valid);
    EXPECT_TRUE(bench.power_on());
    bench.chip.real_time = false;
  }
  std::string running() { return bench.chip.running(); }
  // What updraft_count_start() does, which does it once for each program.
  RescueBoot::Started first_act(esp_reset_reason_t reason) {
    bench.chip.reset_reason = reason;
    IdfOtaCalls calls;
    BootParts parts(calls);
    return parts.rescue().start(cause_of_start());
  }
  // The service asks for the restart, and gets it.
  bool restarts(Millis within) {
    for (Millis time{0}; time <= within; time += Millis{500}) {
      if (!bench.service->turn(Millis{0})) return true;
      bench.chip.microseconds += 500'000;
    }
    return false;
  }
  bool told(updraft_event_id_t id) {
    return std::ranges::find(bench.events, id) != bench.events.end();
  }
  ServiceBench bench{kOneAndRescue};
};

TEST_F(RescueTest, TakesTheUpdateThatTheAppHandsOver) {
  ASSERT_EQ(running(), "1.0.0");
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(bench.install(make_image("2.0.0")), "rescue_first");
  EXPECT_TRUE(restarts(Millis{5'000})) << "whether or not the application restarts by itself";
  ASSERT_TRUE(bench.power_on());
  ASSERT_EQ(running(), "rescue");
  ASSERT_EQ(bench.start(), ESP_OK);
  (void)bench.service->turn(Millis{0});
  EXPECT_TRUE(told(UPDRAFT_EVENT_RESCUE));
  EXPECT_EQ(bench.install(make_image("2.0.0")), "ok");
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(running(), "2.0.0");
  bench.chip.reset_reason = ESP_RST_PANIC;
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(running(), "rescue") << "its trial is lost, and there is no other";
}

TEST_F(RescueTest, GoesBackWhereNothingComes) {
  ASSERT_EQ(bench.start(), ESP_OK);
  ASSERT_EQ(bench.install(make_image("2.0.0")), "rescue_first");
  ASSERT_TRUE(bench.power_on());
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_FALSE(restarts(Millis{60'000}));
  bench.chip.microseconds += 15 * 60'000'000LL;
  EXPECT_TRUE(restarts(Millis{5'000}));
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(running(), "1.0.0");
  EXPECT_EQ(bench.chip.state(), OtaState::valid);
}

TEST_F(RescueTest, IsWhereThreeCrashesLead) {
  EXPECT_FALSE(first_act(ESP_RST_PANIC).restarts);
  EXPECT_FALSE(first_act(ESP_RST_TASK_WDT).restarts);
  for (const auto reason :
       {ESP_RST_POWERON, ESP_RST_EXT, ESP_RST_SW, ESP_RST_DEEPSLEEP, ESP_RST_USB}) {
    EXPECT_FALSE(first_act(reason).restarts);
  }
  EXPECT_TRUE(first_act(ESP_RST_BROWNOUT).restarts);
  ASSERT_TRUE(bench.power_on());
  ASSERT_EQ(running(), "rescue");
  EXPECT_EQ(first_act(ESP_RST_SW).reason, RescueReason::boot_loop);
}

TEST_F(RescueTest, IsNotEnteredByAnAppThatRanForAMinuteInBetween) {
  for (int start = 0; start < 6; ++start) {
    EXPECT_FALSE(first_act(ESP_RST_PANIC).restarts) << start;
    bench.chip.reset_reason = ESP_RST_SW;
    ASSERT_EQ(bench.start(), ESP_OK);
    if (start % 2 == 0) continue;
    bench.chip.microseconds += 61'000'000;
    (void)bench.service->turn(Millis{0});
  }
}

TEST_F(RescueTest, SaysWhereItIsOlderThanTheAppNeeds) {
  const auto status = [this] {
    const Held held(bench.service->lock());
    Status found;
    bench.service->fill(found);
    std::array<std::byte, kStatusBytes + kTargetTextRoom + kRescueTextRoom> room;
    return std::string(as_text(Bytes(room).first(write_status(found, room))));
  };
  bench.chip.put("rescue", make_image("1.1.0", 8 * 1024));
  ASSERT_EQ(bench.start(), ESP_OK);
  (void)bench.service->turn(Millis{0});
  EXPECT_FALSE(told(UPDRAFT_EVENT_RESCUE)) << "nobody asks for more";
  bench.config.min_rescue = "1.2.0";
  ASSERT_TRUE(bench.power_on());
  ASSERT_EQ(bench.start(), ESP_OK);
  (void)bench.service->turn(Millis{0});
  EXPECT_TRUE(told(UPDRAFT_EVENT_RESCUE));
  EXPECT_NE(status().find(R"("rescue":{"version":"1.1.0","wanted":"1.2.0","too_old":true})"),
            std::string::npos)
      << status();
}

// By the app, in place; with *Files and file systems*, and CONFIG_UPDRAFT_TARGET_RESCUE as there
// are no keys.
TEST(RescueOnAChip, IsUpdatedByTheAppAndTakesTheNextUpdate) {
  ServiceBench bench(
      "otadata, data, ota,       0x9000,   0x2000\n"
      "ota_0,   app,  ota_0,     0x10000,  192K\n"
      "rescue,  app,  factory,   0x40000,  64K\n"
      "updraft, data, undefined, 0x50000,  0xC000\n");
  bench.chip.put("rescue", make_image("rescue", 8 * 1024));
  bench.chip.put_record(0, 1, OtaState::valid);
  bench.chip.real_time = false;
  const auto starts = [&] {
    return bench.power_on() && bench.prepare() == ESP_OK && bench.start() == ESP_OK;
  };
  ASSERT_TRUE(starts());
  const Result<std::uint8_t> target = bench.service->targets()->find_target("rescue");
  ASSERT_TRUE(target);
  const Image next = make_image("rescue 2", 9 * 1024);
  bench.chip.flash().cut_power_at(20, sim::Cut::torn);
  EXPECT_EQ(bench.install(next, kRaw, 1000, *target), "flash");
  ASSERT_TRUE(starts());
  ASSERT_EQ(bench.chip.running(), "1.0.0");
  (void)bench.service->turn(Millis{0});
  EXPECT_NE(std::ranges::find(bench.events, UPDRAFT_EVENT_RESCUE), bench.events.end())
      << "it says that there is none";
  EXPECT_EQ(bench.install(make_image("2.0.0")), "rescue_broken");
  EXPECT_EQ(bench.install(next, kRaw, 1000, *target), "ok");
  ASSERT_TRUE(starts());
  EXPECT_EQ(bench.chip.running(), "1.0.0") << "nothing is chosen by that";
  EXPECT_EQ(bench.install(make_image("2.0.0")), "rescue_first");
  ASSERT_TRUE(starts());
  EXPECT_EQ(bench.chip.running(), "rescue 2");
}

TEST_F(RescueTest, LeavesTheMemoryOfSignedUpdatesItsPlace) {
  const MemoryStore without(true), with(true, true);
  RescuePlace place;
  ASSERT_NE(place.memory(), nullptr);
  ASSERT_TRUE(place.memory()->counter().count());
  const MutableBytes cells = bench.chip.partition("updraft");
  EXPECT_EQ(as_text(Bytes(cells).subspan(4 * kFlashSector, 4)), "UDBC");
  EXPECT_TRUE(is_erased(Bytes(cells).subspan(6 * kFlashSector)));
}

}  // namespace
}  // namespace updraft::esp_idf
