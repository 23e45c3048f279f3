// Signed packages that bring data, on a chip.
#include <gtest/gtest.h>

#include "host/signing/package_maker.hpp"
#include "tests/esp_idf/signed_chip.hpp"
#include "tests/fakes/file_system_image.hpp"

namespace updraft::esp_idf {
namespace {

constexpr char kTable[] =
    "otadata, data, ota,       0x9000,   0x2000\n"
    "ota_0,   app,  ota_0,     0x10000,  128K\n"
    "ota_1,   app,  ota_1,     0x30000,  128K\n"
    "web,     data, littlefs,  0x50000,  40K\n"
    "maps,    data, spiffs,    0x5A000,  24K\n"
    "updraft, data, undefined, 0x60000,  0x14000\n";

class SignedFiles : public testing::Test {
 protected:
  SignedFiles() {
    chip.real_time = false;
    bench.config.restart = false;
    bench.config.confirm_within_s = 0;
    chip.put("web", old_);
    EXPECT_TRUE(starts());
  }
  bool starts(bool prepared = true) {
    chip.reset_reason = ESP_RST_SW;
    return bench.power_on() && (!prepared || bench.prepare() == ESP_OK) && bench.start() == ESP_OK;
  }
  // `app` empty: none.
  Image package(std::uint64_t sequence, Bytes app, std::string_view label, Bytes data) {
    host::PackageSpec spec{.sequence = sequence};
    const host::Product& product = bench.desk.product;
    if (!app.empty()) spec.components.push_back({host::app_component(), product, app, app});
    spec.components.push_back({host::file_system_component(label), product, data, data});
    const Image blank = host::make_package(spec);
    const auto& key = bench.desk.release_key;
    return host::attach(blank, key.point(), key.sign(host::package_message(blank)));
  }
  std::uint64_t sequence() {
    const auto& installed = bench.signing().installed();
    return installed ? installed->sequence : 0;
  }
  Image held(const char* label) { return bench.held(label); }

  SignedChip bench{kTable};
  FakeChip& chip = bench.chip;
  const Image old_ = make_littlefs(40 * 1024, 1), new_ = make_littlefs(40 * 1024, 2);
};

TEST_F(SignedFiles, AloneComeAtTheNextStartAndCountOnceTheyAreKept) {
  EXPECT_EQ(bench.install(package(5, {}, "web", new_)), "ok");
  EXPECT_EQ(held("web"), old_) << "it is mounted";
  ASSERT_TRUE(starts());
  EXPECT_EQ(held("web"), new_);
  EXPECT_EQ(sequence(), 0u);
  bench.confirm();
  EXPECT_EQ(sequence(), 5u);
  EXPECT_EQ(bench.install(package(4, {}, "web", old_)), "sequence_old");
}

TEST_F(SignedFiles, WithTheirAppComeAndGoAsOne) {
  EXPECT_EQ(bench.install(package(5, bench.next, "web", new_)), "ok");
  ASSERT_TRUE(starts());
  EXPECT_EQ(chip.running(), "2.0.0");
  EXPECT_EQ(held("web"), new_);
  ASSERT_TRUE(starts());  // it was not confirmed
  EXPECT_EQ(chip.running(), "1.0.0");
  EXPECT_EQ(held("web"), old_);
  EXPECT_EQ(sequence(), 0u);
}

TEST_F(SignedFiles, InPlaceCountAtOnce) {
  bench.config.in_place = "maps";
  bench.config.on_unmount = [](const char*, void*) { return true; };
  ASSERT_TRUE(starts());
  const Image maps = make_littlefs(24 * 1024, 3);
  EXPECT_EQ(bench.install(package(5, {}, "maps", maps)), "ok");
  EXPECT_EQ(held("maps"), maps);
  EXPECT_EQ(sequence(), 5u);
}

TEST_F(SignedFiles, ComeInNoOtherWay) {
  const auto target = bench.service->targets()->find_target("fs:web");
  ASSERT_TRUE(target);
  EXPECT_EQ(bench.install(new_, kRaw, 1000, *target), "not_armed");
  EXPECT_EQ(bench.install(package(5, {}, "none", new_)), "component_unknown");
  Image bad = package(5, {}, "web", new_);
  bad[bad.size() - 1] ^= std::byte{1};
  EXPECT_EQ(bench.install(bad), "chunk_mismatch");
  ASSERT_TRUE(starts());
  EXPECT_EQ(held("web"), old_);
}

TEST_F(SignedFiles, AreNotTakenWhereNobodyPrepares) {
  ASSERT_TRUE(starts(false));
  EXPECT_EQ(bench.install(package(5, {}, "web", new_)), "component_unknown");
}

}  // namespace
}  // namespace updraft::esp_idf
