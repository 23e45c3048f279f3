// The power goes away at every flash operation of install, confirm and give up, through the port.
#include <cstdio>

#include <gtest/gtest.h>

#include "tests/esp_idf/app.hpp"
#include "tests/fakes/sweep.hpp"

namespace updraft::esp_idf {
namespace {

const std::uint64_t kStep = sweep_step(7);

const Image kFirst = make_image("1.0.0");
const Image kNext = make_image("2.0.0");
const Image kLater = make_image("3.0.0", 4 * 1024);

// Starts from any state of the device; ends early when the power goes away.
using Story = void (*)(FakeChip&);

void install_and_confirm(FakeChip& chip) {
  if (chip.running() == "1.0.0") {
    (void)App().push(kNext);
    if (!chip.flash().powered() || !chip.power_on()) return;
  }
  if (chip.running() == "2.0.0") (void)App().updater.confirm();
}

void install_and_give_up(FakeChip& chip) {
  if (chip.running() == "1.0.0") {
    (void)App().push(kNext);
    if (!chip.flash().powered() || !chip.power_on()) return;
  }
  if (chip.running() == "2.0.0") (void)App().updater.roll_back();
  if (chip.flash().powered()) (void)chip.power_on();
}

// ota_2 is the newest choice, and broken, so ota_0 runs: the running image's record must be made
// the newest before another is written (esp_boot_control.hpp).
void fall_back(FakeChip& chip) {
  chip.put("ota_2", make_image("9.0.0"));
  chip.partition("ota_2")[5000] ^= std::byte{1};
  chip.put_record(0, 1, OtaState::valid);
  chip.put_record(1, 3, OtaState::valid);
}

// An image was installed before, ran, and was rolled back: its record says invalid or aborted.
void roll_one_back(FakeChip& chip, esp_reset_reason_t reason) {
  chip.reset_reason = ESP_RST_POWERON;
  (void)chip.power_on();
  (void)App().push(make_image("6.6.6"));
  (void)chip.power_on();
  if (reason == ESP_RST_SW) (void)App().updater.roll_back();
  chip.reset_reason = reason;
  (void)chip.power_on();
  (void)App();
}
void one_gave_itself_up(FakeChip& chip) { roll_one_back(chip, ESP_RST_SW); }
void one_crashed(FakeChip& chip) { roll_one_back(chip, ESP_RST_PANIC); }

struct Sweep {
  const char* table;
  Story tell;
  const char* ends_with;
  Story before = nullptr;
  sim::BootBuild build = sim::BootBuild::rollback;
  bool encrypted = false;
};

void run(const Sweep& sweep) {
  FakeChip chip(sweep.table, kFirst, sweep.build, sweep.encrypted);
  std::size_t cuts = 0;
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = sweep_start(kStep);; at += kStep) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      chip.restore();
      if (sweep.before != nullptr) sweep.before(chip);
      chip.reset_reason = ESP_RST_POWERON;
      ASSERT_TRUE(chip.power_on());
      chip.flash().cut_power_at(at, how);
      sweep.tell(chip);
      if (chip.flash().powered()) break;
      ++cuts;
      ASSERT_TRUE(chip.power_on()) << "nothing boots";
      ASSERT_TRUE(chip.running() == "1.0.0" || chip.running() == "2.0.0");
      sweep.tell(chip);
      ASSERT_TRUE(chip.power_on());
      ASSERT_EQ(chip.running(), sweep.ends_with);
      ASSERT_EQ(App().push(kLater), "ok") << "the device takes the next update";
    }
  }
  EXPECT_GT(cuts, 4 * (kNext.size() / kFlashPage / kStep - (kStep > 1 ? 1 : 0)));
  std::printf("power cuts tried: %zu\n", cuts);
}

TEST(PowerCut, InstallAndConfirm) { run({kTwoSlots, install_and_confirm, "2.0.0"}); }
TEST(PowerCut, InstallAndConfirmOfThree) { run({kThreeSlots, install_and_confirm, "2.0.0"}); }
TEST(PowerCut, InstallAndConfirmWithLedgers) { run({kLedgers, install_and_confirm, "2.0.0"}); }
TEST(PowerCut, InstallAndConfirmAfterAFallback) {
  run({kThreeSlots, install_and_confirm, "2.0.0", fall_back});
}
TEST(PowerCut, InstallAndGiveUp) { run({kTwoSlots, install_and_give_up, "1.0.0"}); }
TEST(PowerCut, InstallAfterARollbackWithAntiRollback) {
  run({kTwoSlots, install_and_confirm, "2.0.0", one_crashed, sim::BootBuild::anti_rollback});
}
TEST(PowerCut, InstallAndConfirmThroughFlashEncryption) {
  run({.table = kLedgers, .tell = install_and_confirm, .ends_with = "2.0.0", .encrypted = true});
}
TEST(PowerCut, InstallAndGiveUpThroughFlashEncryption) {
  run({.table = kTwoSlots, .tell = install_and_give_up, .ends_with = "1.0.0", .encrypted = true});
}
TEST(PowerCut, InstallAndConfirmAfterOneThatGaveItselfUp) {
  run({kTwoSlots, install_and_confirm, "2.0.0", one_gave_itself_up});
}
TEST(PowerCut, InstallAndConfirmAfterOneThatCrashed) {
  run({kLedgers, install_and_confirm, "2.0.0", one_crashed});
}

}  // namespace
}  // namespace updraft::esp_idf
