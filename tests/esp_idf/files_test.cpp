// Data partitions on a chip: updraft_prepare(), what comes by the service, and the way back.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/bundle/bundle_installer.hpp"
#include "tests/esp_idf/fake_http.hpp"
#include "tests/esp_idf/program.hpp"
#include "tests/esp_idf/service_bench.hpp"
#include "tests/fakes/file_system_image.hpp"
#include "tests/fakes/no_files.hpp"
#include "tests/fakes/sweep.hpp"
#include "updraft_files.h"
#include "updraft_http.h"

namespace updraft::esp_idf {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr char kFiles[] =
    "otadata, data, ota,       0x9000,   0x2000\n"
    "ota_0,   app,  ota_0,     0x10000,  128K\n"
    "ota_1,   app,  ota_1,     0x30000,  128K\n"
    "web,     data, littlefs,  0x50000,  40K\n"
    "ui_0,    data, littlefs,  0x5A000,  24K\n"
    "ui_1,    data, littlefs,  0x60000,  24K\n"
    "maps,    data, spiffs,    0x66000,  24K\n"
    "updraft, data, undefined, 0x70000,  0x14000\n";
constexpr std::uint32_t kWeb = 40 * 1024, kSmall = 24 * 1024;

struct ScratchFolder {
  ScratchFolder() { EXPECT_NE(mkdtemp(path.data()), nullptr); }
  ~ScratchFolder() { std::filesystem::remove_all(path); }
  std::string path = "/tmp/updraft-card-XXXXXX";
};

// What a product does from its first line on, for one power cycle at a time.
class ChipFiles : public testing::Test {
 protected:
  ChipFiles() {
    chip.real_time = false;
    bench.config.restart = false;
    bench.config.confirm_within_s = 0;
    chip.put("web", old_);
    chip.put("ui_0", make_littlefs(kSmall, 1));
    EXPECT_TRUE(starts());
  }
  bool starts(esp_reset_reason_t reason = ESP_RST_SW) {
    chip.reset_reason = reason;
    return bench.power_on() && bench.prepare() == ESP_OK && bench.start() == ESP_OK;
  }
  std::string send(std::string_view target, Bytes content) {
    const auto found = bench.service->targets()->find_target(target);
    if (!found) return std::string(name(found.error().code));
    return bench.install(content, kRaw, 1000, *found);
  }
  // As one: "ok", or the code of what went wrong.
  std::string send_bundle(Bytes app, Bytes web) {
    fakes::NoFiles files;
    Service& service = *bench.service;
    const Held held(service.lock());
    BundleInstaller installer(service.updater(), files, service.policy(),
                              service.context().package);
    Result<> done = installer.begin(
        {.scheme = kBundle, .size = app.size() + web.size(), .sender_proved = true});
    const std::pair<const char*, Bytes> members[] = {{"firmware.bin", app}, {"part/web.bin", web}};
    for (const auto& [path, content] : members) {
      if (done) done = installer.expect(path, content.size());
    }
    for (const auto& [path, content] : members) {
      if (done) done = installer.open(path, content.size());
      if (done) done = installer.write(content);
    }
    if (done) done = outcome_of(installer.finish());
    return word(done);
  }
  void confirm() {
    bench.service->trial().ask_to_confirm();
    (void)bench.service->turn(Millis{0});
  }
  bool ready(std::string_view label) { return bench.parts->ready(label); }
  Image held(const char* label) { return bench.held(label); }

  ServiceBench bench{kFiles};
  FakeChip& chip = bench.chip;
  const std::vector<std::byte> old_ = make_littlefs(kWeb, 1), new_ = make_littlefs(kWeb, 2);
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

// Asked for from within the event that says that something came, as a product does it.
class ChipFilesNow : public ChipFiles {
 protected:
  ChipFilesNow() {
    product = this;
    bench.config.on_unmount = [](const char* label, void*) {
      expect_no_lock("on_unmount");
      product->asked.emplace_back(label);
      EXPECT_EQ(product->held(label), label == std::string("web") ? product->old_ : product->ui);
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
  EXPECT_EQ(send("fs:web", old_), "ok") << "the next one";
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
  ASSERT_EQ(send("fs:web", new_), "ok");
  ASSERT_TRUE(bench.parts->ask_now("web"));
  (void)bench.service->turn(Millis{0});
  EXPECT_THAT(bench.parted, Contains("web waiting"));
  EXPECT_TRUE(ready("web")) << "what is mounted is what it was";
  EXPECT_EQ(held("web"), old_);
  ASSERT_TRUE(starts());
  EXPECT_EQ(held("web"), new_);
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

TEST_F(ChipFiles, WithoutMemoryForTheCopyItIsSaid) {
  chip.heap = 1000;
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

// Cuts the power at every flash operation from the first byte to the confirmation.
class ChipFilesPowerCut : public ChipFiles, public testing::WithParamInterface<bool> {
 protected:
  bool together() const { return GetParam(); }
  // Ends early when the power goes away.
  void tell() {
    const bool sent = together() ? chip.running() != "1.0.0" : held("web") == new_;
    if (!sent) {
      (void)(together() ? send_bundle(make_image("2.0.0"), new_) : send("fs:web", new_));
      if (!chip.flash().powered() || !starts()) return;
    }
    expect_fits();
    if (chip.flash().powered()) confirm();
  }
  void expect_fits() {
    if (!chip.flash().powered() || !ready("web")) return;
    const auto now = held("web");
    if (together()) {
      EXPECT_EQ(now, chip.running() == "2.0.0" ? new_ : old_) << chip.running();
    } else {
      EXPECT_TRUE(now == new_ || now == old_);
    }
  }
};

TEST_P(ChipFilesPowerCut, LeavesNoAppWithOtherData) {
  const std::uint64_t step = sweep_step(11);
  std::size_t cuts = 0;
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = sweep_start(step);; at += step) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      bench.service.reset();
      chip.restore();
      chip.put("web", old_);
      ASSERT_TRUE(starts(ESP_RST_POWERON));
      chip.flash().cut_power_at(at, how);
      tell();
      if (HasFailure()) return;
      if (chip.flash().powered()) break;
      ++cuts;
      ASSERT_TRUE(starts(ESP_RST_POWERON)) << "nothing boots";
      expect_fits();
      ASSERT_TRUE(ready("web"));
      tell();
      ASSERT_TRUE(starts());
      expect_fits();
      ASSERT_TRUE(ready("web"));
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(cuts, 4 * (40 / step));
  std::printf("power cuts tried: %zu\n", cuts);
}

INSTANTIATE_TEST_SUITE_P(Stories, ChipFilesPowerCut, testing::Bool(),
                         [](const auto& row) { return row.param ? "together" : "data"; });

}  // namespace
}  // namespace updraft::esp_idf
