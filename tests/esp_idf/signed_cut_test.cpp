// The power goes away at every flash operation, and at every change of NVS, of a signed install,
// its confirmation and a KeySet change, through the port: the sequence never falls, no KeySet is
// half stored, and nothing is half trusted.
#include <cstdio>

#include <gtest/gtest.h>

#include "tests/esp_idf/signed_chip.hpp"
#include "tests/fakes/sweep.hpp"

namespace updraft::esp_idf {
namespace {

constexpr std::uint64_t kSequence = 7;
constexpr char kRoomForAll[] =
    "otadata, data, ota,       0x9000,   0x2000\n"
    "ota_0,   app,  ota_0,     0x10000,  64K\n"
    "ota_1,   app,  ota_1,     0x20000,  64K\n"
    "updraft, data, undefined, 0x30000,  0x8000\n";

// Where the power goes away: at an operation of flash, or a change of NVS.
enum class At : std::uint8_t { flash, nvs };
struct Row {
  const char* name;
  const char* table;
  At at;
};
constexpr Row kRows[] = {{"partition", kRoomForAll, At::flash},
                         {"flash_beside_nvs", kWithoutPartition, At::flash},
                         {"nvs", kWithoutPartition, At::nvs}};

class SignedPowerCut : public testing::TestWithParam<Row> {
 protected:
  // A device that was never switched on; from then on its applications bring a KeySet or none.
  void begin(bool brings) {
    bench.chip.nvs_cut = UINT64_MAX;
    bench.service.reset();
    bench.chip.restore();
    bench.chip.nvs = FakeNvs();
    bench.bring(bench.key_set);
    ASSERT_TRUE(bench.power_on());
    if (brings) return;
    ASSERT_EQ(bench.start(), ESP_OK);
    bench.bring_none();
    ASSERT_TRUE(bench.power_on());
  }
  bool changes_flash() const {  // where no image comes
    return GetParam().at == At::nvs || std::string_view(GetParam().table) != kWithoutPartition;
  }
  void arm(std::uint64_t operation, sim::Cut how) {
    if (GetParam().at == At::flash) return bench.chip.flash().cut_power_at(operation, how);
    bench.chip.nvs_cut = operation;
    bench.chip.nvs_cut_after = how == sim::Cut::after;
  }
  bool has_power() { return bench.chip.flash().powered(); }
  void power_comes_back() {
    bench.chip.nvs_cut = UINT64_MAX;
    ASSERT_TRUE(bench.power_on()) << "nothing boots";
  }
  // From any state, to its end; early where the power goes away.
  void install_and_confirm() {
    if (bench.chip.running() == "1.0.0") {
      if (bench.start() != ESP_OK) return;
      (void)bench.install(package);
      if (!has_power() || !bench.power_on()) return;
    }
    if (bench.start() == ESP_OK && bench.chip.state() == OtaState::pending_verify) bench.confirm();
  }
  void expect_trust(std::uint64_t version) {
    ASSERT_EQ(bench.start(), ESP_OK);
    ASSERT_EQ(bench.service->policy().signing->stand(), Stand::closed);
    ASSERT_EQ(bench.signing().key_set_version(), version);
    const auto& installed = bench.signing().installed();
    const std::uint64_t sequence = installed ? installed->sequence : 0;
    const bool stays =
        bench.chip.running() == "2.0.0" && bench.chip.state() != OtaState::pending_verify;
    ASSERT_EQ(sequence, stays ? kSequence : 0);
  }
  // Tells `story` with a cut at each operation, until none is left to be cut.
  template <class Story, class Check>
  void sweep(bool brings, std::uint64_t step, Story story, Check check) {
    std::uint64_t cuts = 0;
    for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
      const bool is_whole = how == sim::Cut::before || how == sim::Cut::after;
      if (GetParam().at == At::nvs && !is_whole) continue;  // NVS changes all or nothing
      for (std::uint64_t at = sweep_start(step);; at += step) {
        SCOPED_TRACE(std::string(sim::name(how)) + " at operation " + std::to_string(at));
        ASSERT_NO_FATAL_FAILURE(begin(brings));
        arm(at, how);
        story();
        if (has_power()) break;
        ++cuts;
        ASSERT_NO_FATAL_FAILURE(power_comes_back());
        ASSERT_NO_FATAL_FAILURE(check());
      }
    }
    std::printf("power cuts tried: %llu\n", static_cast<unsigned long long>(cuts));
    EXPECT_GT(cuts, 0u);
  }

  SignedChip bench{GetParam().table};
  const Image package = bench.desk.package(make_image("2.0.0", 12 * 1024), {.sequence = kSequence});
};

TEST_P(SignedPowerCut, AnInstallAndItsConfirmation) {
  sweep(
      false, sweep_step(5), [this] { install_and_confirm(); },
      [this] {
        ASSERT_NO_FATAL_FAILURE(expect_trust(1));
        ASSERT_TRUE(bench.power_on());
        install_and_confirm();
        ASSERT_TRUE(bench.power_on());
        ASSERT_EQ(bench.chip.running(), "2.0.0");
        ASSERT_NO_FATAL_FAILURE(expect_trust(1));
      });
}

TEST_P(SignedPowerCut, TheFirstStartWithAKeySet) {
  if (!changes_flash()) GTEST_SKIP() << "all of it is in NVS";
  sweep(true, 1, [this] { (void)bench.start(); }, [this] { expect_trust(1); });
}

TEST_P(SignedPowerCut, AKeySetChange) {
  if (!changes_flash()) GTEST_SKIP() << "all of it is in NVS";
  const Image next = bench.desk.key_set(2, bench.desk.next_key);
  std::string said;
  sweep(
      false, 1,
      [&] {
        said = "";
        if (bench.start() == ESP_OK) said = bench.install(next);
      },
      [&] {
        ASSERT_EQ(bench.start(), ESP_OK);
        const std::uint64_t version = bench.signing().key_set_version();
        ASSERT_TRUE(version == 2 || (version == 1 && said != "ok")) << version << said;
        ASSERT_EQ(bench.install(next), "ok");
        ASSERT_EQ(bench.install(package), "key_unknown");
      });
}

INSTANTIATE_TEST_SUITE_P(Where, SignedPowerCut, testing::ValuesIn(kRows),
                         [](const testing::TestParamInfo<Row>& row) { return row.param.name; });

}  // namespace
}  // namespace updraft::esp_idf
