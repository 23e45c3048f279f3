// A chip with data partitions: what their tests start, send to and look at.
#pragma once
#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/bundle/bundle_installer.hpp"
#include "tests/esp_idf/service_bench.hpp"
#include "tests/fakes/file_system_image.hpp"
#include "tests/fakes/no_files.hpp"

namespace updraft::esp_idf {

inline constexpr char kFiles[] =
    "otadata, data, ota,       0x9000,   0x2000\n"
    "ota_0,   app,  ota_0,     0x10000,  128K\n"
    "ota_1,   app,  ota_1,     0x30000,  128K\n"
    "web,     data, littlefs,  0x50000,  40K\n"
    "ui_0,    data, littlefs,  0x5A000,  24K\n"
    "ui_1,    data, littlefs,  0x60000,  24K\n"
    "maps,    data, spiffs,    0x66000,  24K\n"
    "updraft, data, undefined, 0x70000,  0x14000\n";
inline constexpr std::uint32_t kWeb = 40 * 1024, kSmall = 24 * 1024;

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

}  // namespace updraft::esp_idf
