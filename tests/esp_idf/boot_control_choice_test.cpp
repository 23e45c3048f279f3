// What EspBootControl lets be chosen: tables in which no choice is possible, slots that do not
// boot, and images that the chip's bootloader would not take; on the chip's calls and on the
// simulator's.
#include <gtest/gtest.h>

#include "engine/update/esp_boot_control.hpp"
#include "esp_ota_ops.h"
#include "tests/esp_idf/app.hpp"

namespace updraft::esp_idf {
namespace {

const Image kOld = make_image("1.0.0");
const Image kNew = make_image("2.0.0");

template <class Side>
class ChoiceOn : public testing::Test {};
TYPED_TEST_SUITE(ChoiceOn, Sides, SideNames);

TYPED_TEST(ChoiceOn, ATestAppIsUpdatedLikeAFactoryApp) {
  constexpr char kTest[] =
      "otadata, data, ota,   0x9000,  0x2000\n"
      "test,    app,  test,  0x10000, 128K\n"
      "ota_0,   app,  ota_0, 0x30000, 128K\n"
      "ota_1,   app,  ota_1, 0x50000, 128K\n";
  FakeChip chip(kTest, kOld);
  {
    AppOn<TypeParam> app;
    EXPECT_EQ(app.boot.running().index, Slot::kTest);
    EXPECT_EQ(app.boot.running().label.view(), "test");
    EXPECT_EQ(app.boot.running_state(), OtaState::undefined);
    EXPECT_TRUE(app.boot.confirm());
    EXPECT_FALSE(app.boot.reject());
    Image head(kOld.size());
    ASSERT_TRUE(app.boot.flash(app.boot.running()).read(0, head));
    EXPECT_EQ(head, kOld) << "its own flash, as a patch needs it";
    EXPECT_EQ(app.push(kNew), "ok");
  }
  ASSERT_TRUE(chip.power_on());
  EXPECT_EQ(chip.running(), "2.0.0");
  EXPECT_TRUE(AppOn<TypeParam>().updater.confirm());
}

TYPED_TEST(ChoiceOn, RefusesWithoutASecondSlot) {
  FakeChip chip(kOneSlot, kOld);
  const std::uint64_t before = chip.flash().operations();
  EXPECT_EQ(AppOn<TypeParam>().push(kNew), "no_other_image");
  EXPECT_EQ(chip.flash().operations(), before);
}

// Tables in which no update could be chosen: nothing is erased to find that out.
TYPED_TEST(ChoiceOn, RefusesATableThatNoUpdateCanBeChosenIn) {
  struct Row {
    const char* name;
    const char* otadata;
    std::vector<std::string> apps;
    Reason why;
  };
  const Row rows[] = {
      {"one slot", "ota", {"ota_0"}, Reason::one_slot},
      {"factory alone", "ota", {"factory"}, Reason::one_slot},
      {"ota_0 and ota_2", "ota", {"ota_0", "ota_2"}, Reason::slot_gap},
      {"ota_1 and ota_2", "ota", {"ota_1", "ota_2"}, Reason::slot_gap},
      {"factory, ota_1", "ota", {"factory", "ota_1"}, Reason::slot_gap},
      {"0, 1, 3", "ota", {"ota_0", "ota_1", "ota_3"}, Reason::slot_gap},
      {"1, 0 and 15", "ota", {"ota_1", "ota_0", "ota_15"}, Reason::slot_gap},
      {"no otadata", "0x77", {"ota_0", "ota_1"}, Reason::no_otadata},
      {"no otadata, factory", "0x77", {"factory", "ota_0", "ota_1"}, Reason::no_otadata},
      {"no otadata and a gap", "0x77", {"ota_0", "ota_2"}, Reason::no_otadata},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    std::string csv = std::string("choice, data, ") + row.otadata + ", 0x9000, 0x2000\n";
    for (const std::string& app : row.apps) csv += app + ", app, " + app + ", , 64K\n";
    FakeChip chip(csv, kOld);
    AppOn<TypeParam> app;
    const std::uint64_t before = chip.flash().operations();
    const Result<> begun = app.updater.begin({.scheme = kRaw});
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error(), (Error{Code::no_other_image, Where::table, 0, 0, row.why}));
    EXPECT_EQ(chip.flash().operations(), before);
  }
}

TYPED_TEST(ChoiceOn, TheOnlySlotIsFreeWhileTheFactoryAppRuns) {
  const char table[] =
      "otadata, data, ota, 0x9000, 0x2000\n"
      "safeboot, app, factory, 0x10000, 64K\n"
      "app0, app, ota_0, , 64K\n";
  FakeChip chip(table, kOld);
  EXPECT_EQ(AppOn<TypeParam>().push(kNew), "ok");
  ASSERT_TRUE(chip.power_on());
  ASSERT_EQ(chip.running(), "2.0.0");
  AppOn<TypeParam> app;
  ASSERT_TRUE(app.updater.confirm());
  const Result<> begun = app.updater.begin({.scheme = kRaw});
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error(),
            (Error{Code::no_other_image, Where::table, 0, 0, Reason::only_slot_runs}));

  const std::uint64_t before = chip.flash().operations();
  for (const char* name : {"app0", "", "safeboo", "safeboots", "SAFEBOOT"}) {
    EXPECT_EQ(app.updater.restart_into(name).error(), (Error{Code::no_other_image, Where::boot}))
        << name;
  }
  EXPECT_EQ(chip.flash().operations(), before);
  ASSERT_TRUE(app.updater.restart_into("safeboot"));
  ASSERT_TRUE(chip.power_on());
  EXPECT_EQ(chip.running(), "1.0.0");
  AppOn<TypeParam> again;
  EXPECT_FALSE(again.updater.restart_into("safeboot")) << "it runs";
  EXPECT_EQ(again.push(kNew), "ok");
}

TYPED_TEST(ChoiceOn, DoesNotLeaveATrialForTheFactoryApp) {
  const char table[] =
      "otadata, data, ota, 0x9000, 0x2000\n"
      "safeboot, app, factory, 0x10000, 64K\n"
      "app0, app, ota_0, , 64K\n";
  FakeChip chip(table, kOld);
  EXPECT_EQ(AppOn<TypeParam>().push(kNew), "ok");
  ASSERT_TRUE(chip.power_on());
  AppOn<TypeParam> app;
  const std::uint64_t before = chip.flash().operations();
  EXPECT_EQ(app.updater.restart_into("safeboot").error().code, Code::pending_confirm);
  EXPECT_EQ(chip.flash().operations(), before);
}

TYPED_TEST(ChoiceOn, RefusesWhatDoesNotFitBeforeAnythingIsErased) {
  FakeChip chip(kFactoryAndSmallSlot, kOld);
  AppOn<TypeParam> app;
  const std::uint64_t before = chip.flash().operations();
  const Result<> begun = app.updater.begin({.scheme = kRaw, .size = 70 * 1024});
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, Code::too_big);
  EXPECT_EQ(chip.flash().operations(), before);
  EXPECT_EQ(app.push(make_image("2.0.0", 70 * 1024)), "too_big") << "if no size was announced";
  EXPECT_EQ(app.push(make_image("2.0.0", 60 * 1024)), "ok");
}

TYPED_TEST(ChoiceOn, OldImagesStayOutWhereAntiRollbackIsOn) {
  FakeChip chip(kTwoSlots, sim::make_image({.version = "1.0.0", .secure_version = 2}),
                sim::BootBuild::anti_rollback);
  ASSERT_EQ(chip.efuse.raise_secure_version(2), sim::EspErr::ok);
  // The port of this test is built without it, so IDF's own call decides.
  EXPECT_EQ(AppOn<TypeParam>().push(sim::make_image({.version = "2.0.0", .secure_version = 1})),
            "secure_version_low");
  ASSERT_TRUE(chip.power_on());
  EXPECT_EQ(chip.running(), "1.0.0");
}

// Installed, lost its trial, and then the next update was cut off in its first page: the header is
// there, the descriptor is not. ESP-IDF's verification would end the program, at every start.
TYPED_TEST(ChoiceOn, ATornFirstPageAfterARollbackIsNoLoopOfResets) {
  for (const std::size_t left : {24u, 32u, 34u}) {
    FakeChip chip(kTwoSlots, kOld, sim::BootBuild::anti_rollback);
    ASSERT_EQ(AppOn<TypeParam>().push(kNew), "ok");
    ASSERT_TRUE(chip.power_on());
    chip.reset_reason = ESP_RST_PANIC;
    ASSERT_TRUE(chip.power_on());
    ASSERT_EQ(chip.running(), "1.0.0");
    ASSERT_EQ(chip.record(1).state, OtaState::aborted);
    std::ranges::fill(chip.partition("ota_1").subspan(left), std::byte{0xFF});
    AppOn<TypeParam> app;
    const auto rejected = app.boot.rejected_slot();
    ASSERT_TRUE(rejected);
    EXPECT_EQ(rejected->slot.index, 1);
    EXPECT_EQ(rejected->state, OtaState::aborted);
    EXPECT_EQ(app.push(make_image("3.0.0")), "ok");
  }
}

TYPED_TEST(ChoiceOn, ATornImageIsNothingToGoBackTo) {
  FakeChip chip(kTwoSlots, kOld, sim::BootBuild::anti_rollback);
  ASSERT_EQ(AppOn<TypeParam>().push(kNew), "ok");
  ASSERT_TRUE(chip.power_on());
  AppOn<TypeParam> app;
  std::ranges::fill(chip.partition("ota_0").subspan(32), std::byte{0xFF});
  const Result<> rejected = app.updater.roll_back();
  ASSERT_FALSE(rejected);
  EXPECT_EQ(rejected.error().code, Code::no_other_image);
  EXPECT_EQ(app.boot.running_state(), OtaState::pending_verify);
}

TYPED_TEST(ChoiceOn, AnImageWithoutADescriptorStaysOut) {
  Image bare = kNew;
  bare[format::kAppDescriptorOffset] ^= std::byte{1};
  sim::reseal_image(bare);
  for (const auto build : {sim::BootBuild::rollback, sim::BootBuild::anti_rollback}) {
    FakeChip chip(kTwoSlots, kOld, build);
    EXPECT_EQ(AppOn<TypeParam>().push(bare), "malformed");
    chip.put("ota_1", bare);
    AppOn<TypeParam> app;
    const Result<Slot> slot = app.boot.update_slot();
    ASSERT_TRUE(slot);
    EXPECT_FALSE(app.boot.select(*slot)) << "whoever asks";
  }
}

}  // namespace
}  // namespace updraft::esp_idf
