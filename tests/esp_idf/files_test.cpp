// Data partitions on a chip: updraft_prepare(), what comes by the service, and the way back.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/esp_idf/chip_files.hpp"
#include "tests/esp_idf/fake_http.hpp"
#include "tests/esp_idf/program.hpp"
#include "updraft_files.h"
#include "updraft_http.h"

namespace updraft::esp_idf {
namespace {

using testing::Contains;
using testing::HasSubstr;

struct ScratchFolder {
  ScratchFolder() { EXPECT_NE(mkdtemp(path.data()), nullptr); }
  ~ScratchFolder() { std::filesystem::remove_all(path); }
  std::string path = "/tmp/updraft-card-XXXXXX";
};

TEST_F(ChipFiles, AreThereWhereNothingEverCame) {
  EXPECT_TRUE(ready("web"));
  EXPECT_TRUE(ready("ui"));
  EXPECT_STREQ(bench.parts->partition("ui")->label, "ui_0");
  EXPECT_STREQ(bench.parts->partition("web")->label, "web");
  EXPECT_FALSE(ready("none"));
  EXPECT_EQ(bench.parts->partition("none"), nullptr);
}

TEST_F(ChipFiles, ComeToTheirPlaceAtTheNextStart) {
  EXPECT_EQ(send("fs:web", new_), "ok");
  EXPECT_TRUE(ready("web")) << "what is mounted is what it was";
  EXPECT_EQ(held("web"), old_);
  EXPECT_THAT(bench.parted, Contains("web staged"));
  ASSERT_TRUE(starts());
  (void)bench.service->turn(Millis{0});
  EXPECT_THAT(bench.parted, Contains("web ready"));
  EXPECT_TRUE(ready("web"));
  EXPECT_EQ(held("web"), new_);
  EXPECT_TRUE(bench.service->trial().runs());
  EXPECT_EQ(send("fs:web", old_), "pending_confirm");
  confirm();
  EXPECT_FALSE(bench.service->trial().runs());
  EXPECT_THAT(bench.events, Contains(UPDRAFT_EVENT_CONFIRMED));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(starts());
  EXPECT_EQ(held("web"), new_);
}

TEST_F(ChipFiles, AreConfirmedBeforeTheCardIsLookedAtAgain) {
  const ScratchFolder card;
  bench.config.sd_folder = card.path.c_str();
  bench.config.allow_unsigned_sd = true;
  ASSERT_EQ(send("fs:web", new_), "ok");
  ASSERT_TRUE(starts());
  bench.ends.clear();
  const Image next = make_image("2.0.0");
  std::ofstream(card.path + "/app.bin", std::ios::binary)
      .write(reinterpret_cast<const char*>(next.data()), static_cast<std::streamsize>(next.size()));
  const auto turns = [this](Millis time) {
    for (const Instant until = now() + time; now() < until; chip.microseconds += 10'000)
      (void)bench.service->turn(Millis{0});
  };
  turns(Millis{30'000});
  EXPECT_THAT(bench.ends, testing::IsEmpty());
  confirm();
  turns(Millis{30'000});
  EXPECT_EQ(bench.ends, std::vector<std::string>{"ok"});
}

TEST_F(ChipFiles, ThatNobodyConfirmsGoBack) {
  ASSERT_EQ(send("fs:web", new_), "ok");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(starts());
    EXPECT_EQ(held("web"), new_);
  }
  ASSERT_TRUE(starts());
  (void)bench.service->turn(Millis{0});
  EXPECT_THAT(bench.parted, Contains("web restored"));
  EXPECT_TRUE(ready("web"));
  EXPECT_EQ(held("web"), old_);
  EXPECT_EQ(send("fs:web", new_), "known_bad");
}

TEST_F(ChipFiles, ComeWithTheirAppAndGoWithIt) {
  ASSERT_EQ(send_bundle(make_image("2.0.0"), new_), "ok");
  ASSERT_TRUE(starts());
  EXPECT_EQ(chip.running(), "2.0.0");
  EXPECT_TRUE(ready("web"));
  EXPECT_EQ(held("web"), new_);
  ASSERT_TRUE(starts(ESP_RST_PANIC));
  EXPECT_EQ(chip.running(), "1.0.0");
  EXPECT_TRUE(ready("web"));
  EXPECT_EQ(held("web"), old_);
}

TEST_F(ChipFiles, OfAPairAreTheOtherCopyFromTheNextStartOn) {
  const auto next = make_littlefs(kSmall, 2);
  ASSERT_EQ(send("fs:ui", next), "ok");
  EXPECT_STREQ(bench.parts->partition("ui")->label, "ui_0") << "it is mounted";
  ASSERT_TRUE(starts());
  EXPECT_STREQ(bench.parts->partition("ui")->label, "ui_1");
  EXPECT_EQ(held("ui"), next);
}

TEST_F(ChipFiles, SettingsSurviveTheReplacement) {
  static std::string handed;
  static bool takes = false;
  handed.clear();
  bench.config.on_replacing = [](const char* label, std::size_t offset, void* room,
                                 std::size_t size, void*) {
    expect_no_lock("on_replacing");
    constexpr std::string_view kSettings = "wifi=home;token=1234";
    if (std::string_view(label) != "web" || offset >= kSettings.size()) return std::size_t{0};
    return kSettings.substr(offset).copy(static_cast<char*>(room), std::min<std::size_t>(size, 7));
  };
  bench.config.on_replaced = [](const char* label, std::size_t offset, const void* kept,
                                std::size_t size, void*) {
    expect_no_lock("on_replaced");
    EXPECT_STREQ(label, "web");
    EXPECT_EQ(offset, handed.size());
    handed.append(static_cast<const char*>(kept), size);
    return takes;
  };
  ASSERT_TRUE(starts());
  ASSERT_EQ(send("fs:web", new_), "ok");
  EXPECT_EQ(handed, "");
  for (const bool now : {false, true}) {
    handed.clear();
    takes = now;
    ASSERT_TRUE(starts());
    EXPECT_EQ(handed, "wifi=home;token=1234");
    EXPECT_EQ(held("web"), new_);
  }
  handed.clear();
  ASSERT_TRUE(starts());
  EXPECT_EQ(handed, "") << "it was taken";
}

TEST_F(ChipFiles, AListenerIsBoundToAPartition) {
  bench.config.raw_port = free_port();
  bench.config.raw_to = "fs:none";
  ASSERT_TRUE(bench.power_on());
  ASSERT_EQ(bench.prepare(), ESP_OK);
  EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG);
  EXPECT_THAT(chip.log, Contains(HasSubstr("raw_to")));
  bench.config.raw_to = "fs:web";
  ASSERT_TRUE(starts());
  const auto comes_to = [this](const std::vector<std::byte>& payload) {
    bench.ends.clear();
    auto sender = std::async(std::launch::async, [&] { push(bench.config.raw_port, payload); });
    const bool told = bench.turn_until([this] { return !bench.ends.empty(); });
    const bool done = bench.turn_until(
        [&] { return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
    return told && done ? bench.ends.back() : std::string("nothing");
  };
  EXPECT_EQ(comes_to(make_image("2.0.0")), "wrong_target");
  EXPECT_EQ(comes_to(new_), "ok");
  ASSERT_TRUE(starts());
  EXPECT_EQ(held("web"), new_);
  EXPECT_EQ(chip.running(), "1.0.0");
}

TEST_F(ChipFiles, TheProductMaySayNotNow) {
  bench.config.may_write = [](const char* label, void*) {
    expect_no_lock("may_write");
    EXPECT_STREQ(label, "web");
    return false;
  };
  ASSERT_TRUE(starts());
  EXPECT_EQ(send("fs:web", new_), "not_now");
  EXPECT_EQ(bench.install(make_image("2.0.0")), "ok") << "an app is another question";
}

TEST_F(ChipFiles, InPlaceIsByNameAndOnceItIsUnmounted) {
  const auto maps = make_littlefs(kSmall, 4);
  static std::vector<std::string> asked;
  static bool yields = false;
  asked.clear();
  bench.config.in_place = "other,maps";
  ASSERT_TRUE(starts());
  EXPECT_EQ(send("fs:maps", maps), "part_busy") << "nobody can say that it is not mounted";
  bench.config.on_unmount = [](const char* label, void*) {
    expect_no_lock("on_unmount");
    asked.emplace_back(label);
    return yields;
  };
  bench.config.on_mount = [](const char* label, bool complete, void*) {
    expect_no_lock("on_mount");
    asked.push_back(std::string(label) + (complete ? " whole" : " half"));
  };
  ASSERT_TRUE(starts());
  EXPECT_EQ(send("fs:maps", maps), "part_busy");
  EXPECT_TRUE(ready("maps"));
  yields = true;
  EXPECT_EQ(send("fs:maps", maps), "ok");
  EXPECT_TRUE(ready("maps"));
  EXPECT_EQ(held("maps"), maps);
  EXPECT_THAT(asked, testing::ElementsAre("maps", "maps", "maps whole"));
}

// The sector that is gathered is borrowed before the product is asked to unmount, and given back.
TEST_F(ChipFiles, WithoutMemoryInPlaceNothingIsUnmounted) {
  const auto maps = make_littlefs(kSmall, 4);
  static int asked;
  asked = 0;
  bench.config.reserve_memory = false;
  bench.config.in_place = "maps";
  bench.config.on_unmount = [](const char*, void*) { return ++asked != 0; };
  ASSERT_TRUE(starts());
  const std::vector<std::byte> before = held("maps");
  chip.heap = 1000;
  EXPECT_EQ(send("fs:maps", maps), "no_memory");
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(held("maps"), before);
  EXPECT_TRUE(ready("maps"));
  chip.heap = 1 << 20;
  const int taken = chip.pieces;
  EXPECT_EQ(send("fs:maps", maps), "ok");
  EXPECT_EQ(held("maps"), maps);
  EXPECT_EQ(chip.pieces, taken);
}

TEST_F(ChipFiles, HalfReceivedInPlaceAreNotReady) {
  bench.config.in_place = "maps";
  bench.config.on_unmount = [](const char*, void*) { return true; };
  ASSERT_TRUE(starts());
  chip.flash().cut_power_at(20, sim::Cut::torn);
  EXPECT_EQ(send("fs:maps", make_littlefs(kSmall, 4)), "flash");
  EXPECT_FALSE(ready("maps"));
  ASSERT_TRUE(starts(ESP_RST_POWERON));
  EXPECT_FALSE(ready("maps"));
  EXPECT_EQ(send("fs:maps", make_littlefs(kSmall, 4)), "ok");
  EXPECT_TRUE(ready("maps"));
}

TEST_F(ChipFiles, WhoDoesNotPrepareTakesAppsAlone) {
  ASSERT_TRUE(bench.power_on());
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(bench.service->targets(), nullptr);
  EXPECT_THAT(chip.log, Contains(HasSubstr("updraft_prepare() was not called")));
  EXPECT_EQ(bench.install(make_image("2.0.0")), "ok");
}

TEST(ChipFilesWithoutRoom, StayAsTheyAre) {
  ServiceBench bench(
      "otadata, data, ota,       0x9000,   0x2000\n"
      "ota_0,   app,  ota_0,     0x10000,  128K\n"
      "ota_1,   app,  ota_1,     0x30000,  128K\n"
      "web,     data, littlefs,  0x50000,  40K\n"
      "updraft, data, undefined, 0x60000,  0x8000\n");
  bench.chip.real_time = false;
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.prepare(), ESP_OK);
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("\"updraft\" is too small")));
  EXPECT_TRUE(bench.parts->ready("web")) << "nobody changes it";
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(bench.service->targets(), nullptr);
}

// The copy needs a sector's memory; a start where nothing is to be copied does not.
TEST_F(ChipFiles, WithoutMemoryForTheCopyWaitForAStartThatHasIt) {
  ASSERT_EQ(send("fs:web", new_), "ok");
  ASSERT_TRUE(bench.power_on());
  chip.heap = 4000;
  EXPECT_EQ(bench.prepare(), ESP_OK);
  chip.heap = 1 << 20;
  ASSERT_EQ(bench.start(), ESP_OK);
  (void)bench.service->turn(Millis{0});
  EXPECT_THAT(bench.parted, Contains("web waiting"));
  EXPECT_FALSE(ready("web"));
  ASSERT_TRUE(starts());
  EXPECT_TRUE(ready("web"));
  EXPECT_EQ(held("web"), new_);
  chip.heap = 4000;
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.prepare(), ESP_OK);
  EXPECT_TRUE(ready("web"));
}

// What stands in the partition was not touched, so the app before it is at home there.
TEST_F(ChipFiles, WithoutMemoryForTheCopyTheAppThatComesBackHasItsDataAtOnce) {
  ASSERT_EQ(send_bundle(make_image("2.0.0"), new_), "ok");
  for (const auto& [reason, app, has_its_data] :
       {std::tuple{ESP_RST_SW, "2.0.0", false}, std::tuple{ESP_RST_PANIC, "1.0.0", true}}) {
    chip.reset_reason = reason;
    ASSERT_TRUE(bench.power_on());
    EXPECT_EQ(chip.running(), app);
    chip.heap = 4000;
    EXPECT_EQ(bench.prepare(), ESP_OK);
    EXPECT_EQ(ready("web"), has_its_data);
    EXPECT_EQ(held("web"), old_);
    chip.heap = 1 << 20;
    ASSERT_EQ(bench.start(), ESP_OK);
  }
}

TEST_F(ChipFiles, WithoutMemoryAtTheStartItIsSaid) {
  chip.heap = 100;
  EXPECT_EQ(bench.prepare(), ESP_ERR_NO_MEM);
  EXPECT_FALSE(ready("web"));
}

// The C API, once in a program.
void by_name() {
  FakeChip chip(kFiles, make_image("1.0.0"));
  EXPECT_FALSE(updraft_part_ready("web")) << "not prepared";
  EXPECT_EQ(updraft_partition("web"), nullptr);
  ASSERT_EQ(updraft_prepare(), ESP_OK);
  EXPECT_EQ(updraft_prepare(), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(updraft_part_now("web"), ESP_ERR_INVALID_STATE) << "not started";
  EXPECT_TRUE(updraft_part_ready("web"));
  EXPECT_FALSE(updraft_part_ready(nullptr));
  EXPECT_STREQ(updraft_partition("ui")->label, "ui_0");
  FakeHttp server;
  updraft_config_t config = updraft_config_default();
  config.allow_unsigned_ws = true;
  config.in_place = "maps";
  ASSERT_EQ(updraft_start(&config), ESP_OK);
  ASSERT_EQ(updraft_http_register(&server, nullptr), ESP_OK);
  const FakeReply status = server.get("/ota/status", {{"Host", "192.168.4.1"}});
  EXPECT_THAT(status.body,
              HasSubstr(R"("targets":[{"name":"fs:web","format":"littlefs","bytes":40960,)"
                        R"("way":"staged"},{"name":"fs:ui","format":"littlefs","bytes":24576,)"
                        R"("way":"pair"},{"name":"fs:maps","format":"spiffs","bytes":24576,)"
                        R"("way":"in_place"}])"));
  const int socket = server.connect({{"Host", "192.168.4.1"}});
  (void)server.send(socket, R"({"name":"otaTarget","value":"fs:web"})");
  EXPECT_THAT(server.said(socket), Contains(HasSubstr("fs:web")));
}
TEST(UpdraftC, DataPartitions) { as_a_program(by_name); }

}  // namespace
}  // namespace updraft::esp_idf
