// Faults of ESP-IDF's own updaters (spec/esp32.md sections 3.3 and 6): EspBootControl avoids them,
// on the chip's calls and on the simulator's, with the same results.
#include <gtest/gtest.h>

#include "engine/update/esp_boot_control.hpp"
#include "esp_ota_ops.h"
#include "tests/esp_idf/app.hpp"

namespace updraft::esp_idf {
namespace {

const Image kFirst = make_image("1.0.0");
const Image kNext = make_image("2.0.0");

template <class Side>
class BootControlOn : public testing::Test {};
TYPED_TEST_SUITE(BootControlOn, Sides, SideNames);

TYPED_TEST(BootControlOn, SaysWhatTheChipIs) {
  FakeChip chip(kTwoSlots, kFirst);
  chip.efuse.revision = 4;
  chip.efuse.block_revision = 103;
  chip.efuse.ignore_max_revision = true;
  const ChipFacts facts = TypeParam().boot.facts();
  EXPECT_EQ(facts.chip->name, "esp32c3");
  EXPECT_EQ(facts.revision, 4);
  EXPECT_EQ(facts.block_revision, 103);
  EXPECT_TRUE(facts.ignore_max_revision);
  EXPECT_EQ(facts.secure_version, 0u) << "built without anti-rollback";
}

TYPED_TEST(BootControlOn, InstallsIntoTheOtherSlotAndConfirms) {
  FakeChip chip(kTwoSlots, kFirst);
  EXPECT_EQ(AppOn<TypeParam>().push(kNext), "ok");
  ASSERT_TRUE(chip.power_on());
  EXPECT_EQ(chip.running(), "2.0.0");
  AppOn<TypeParam> app;
  EXPECT_EQ(app.boot.running().index, 1);
  EXPECT_EQ(app.boot.running().label.view(), "ota_1");
  ASSERT_EQ(app.boot.running_state(), OtaState::pending_verify);
  ASSERT_TRUE(app.updater.confirm());
  EXPECT_EQ(app.boot.running_state(), OtaState::valid);
}

TYPED_TEST(BootControlOn, TakesNothingWhileTheRunningImageIsPending) {
  FakeChip chip(kTwoSlots, kFirst);
  ASSERT_EQ(AppOn<TypeParam>().push(kNext), "ok");
  ASSERT_TRUE(chip.power_on());
  const Image before(chip.partition("ota_0").begin(), chip.partition("ota_0").end());
  EXPECT_EQ(AppOn<TypeParam>().push(make_image("3.0.0")), "pending_confirm");
  EXPECT_TRUE(std::ranges::equal(before, chip.partition("ota_0"))) << "the way back is intact";
}

TYPED_TEST(BootControlOn, RollsBackAnImageThatGivesItselfUp) {
  FakeChip chip(kTwoSlots, kFirst);
  ASSERT_EQ(AppOn<TypeParam>().push(kNext), "ok");
  ASSERT_TRUE(chip.power_on());
  chip.reset_reason = ESP_RST_SW;
  ASSERT_TRUE(AppOn<TypeParam>().updater.roll_back());
  ASSERT_TRUE(chip.power_on());
  EXPECT_EQ(chip.running(), "1.0.0");
  EXPECT_EQ(AppOn<TypeParam>().push(kNext), "known_bad");
  EXPECT_EQ(AppOn<TypeParam>().push(make_image("3.0.0")), "ok");
}

TYPED_TEST(BootControlOn, RemembersAnImageThatCrashed) {
  FakeChip chip(kTwoSlots, kFirst);
  ASSERT_EQ(AppOn<TypeParam>().push(kNext), "ok");
  ASSERT_TRUE(chip.power_on());
  chip.reset_reason = ESP_RST_PANIC;
  ASSERT_TRUE(chip.power_on()) << "never confirmed: the bootloader goes back";
  EXPECT_EQ(chip.running(), "1.0.0");
  EXPECT_EQ(AppOn<TypeParam>().push(kNext), "known_bad");
}

TYPED_TEST(BootControlOn, StaysWhereThereIsNothingToGoBackTo) {
  FakeChip chip(kTwoSlots, kFirst);
  ASSERT_EQ(AppOn<TypeParam>().push(kNext), "ok");
  ASSERT_TRUE(chip.power_on());
  AppOn<TypeParam> app;
  chip.partition("ota_0")[5000] ^= std::byte{1};
  const Result<> rejected = app.updater.roll_back();
  ASSERT_FALSE(rejected);
  EXPECT_EQ(rejected.error().code, Code::no_other_image);
  EXPECT_EQ(app.boot.running_state(), OtaState::pending_verify) << "nothing is changed";
}

// ota_2 is the newest choice but broken, so ota_0 runs. ESP-IDF's call would overwrite ota_0's
// record, and the new image would run for ever without being confirmed.
TYPED_TEST(BootControlOn, KeepsTheRecordOfTheRunningImageAfterAFallback) {
  FakeChip chip(kThreeSlots, kFirst);
  chip.put("ota_2", make_image("9.0.0"));
  chip.partition("ota_2")[5000] ^= std::byte{1};
  chip.put_record(0, 1, OtaState::valid);
  chip.put_record(1, 3, OtaState::valid);
  ASSERT_TRUE(chip.power_on());
  ASSERT_EQ(chip.running(), "1.0.0");
  ASSERT_EQ(AppOn<TypeParam>().push(kNext), "ok");
  EXPECT_EQ(format::slot_of(chip.record(0).seq, 3), 0u) << "still the record of ota_0";
  EXPECT_EQ(chip.record(0).state, OtaState::valid);
  EXPECT_EQ(format::slot_of(chip.record(1).seq, 3), 1u);
  ASSERT_TRUE(chip.power_on());
  EXPECT_EQ(chip.running(), "2.0.0");
  for (int reset = 1; reset <= 4; ++reset) {
    ASSERT_TRUE(chip.power_on()) << "not confirmed";
    EXPECT_EQ(chip.running(), "1.0.0") << "after reset " << reset;
  }
}

TYPED_TEST(BootControlOn, RewritesTheBrokenChoiceItselfAfterAFallbackOfTwo) {
  FakeChip chip(kTwoSlots, kFirst);
  chip.put("ota_1", make_image("9.0.0"));
  chip.partition("ota_1")[5000] ^= std::byte{1};
  chip.put_record(1, 2, OtaState::undefined);
  ASSERT_TRUE(chip.power_on());
  ASSERT_EQ(chip.running(), "1.0.0");
  AppOn<TypeParam> app;
  EXPECT_TRUE(app.boot.confirm()) << "nothing to confirm";
  EXPECT_EQ(chip.record(1).state, OtaState::undefined)
      << "and the other image's record is left alone";
  ASSERT_EQ(app.push(kNext), "ok");
  EXPECT_EQ(chip.record(0).seq, 1u);
  EXPECT_EQ(chip.record(1).seq, 2u);
  ASSERT_TRUE(chip.power_on());
  EXPECT_EQ(chip.running(), "2.0.0");
}

// The verdict about the old image must not fall on the next one, nor boot a half-written slot.
TYPED_TEST(BootControlOn, ForgetsTheSlotBeforeItChanges) {
  for (const OtaState old : {OtaState::valid, OtaState::invalid, OtaState::aborted}) {
    FakeChip chip(kTwoSlots, kFirst);
    chip.put("ota_1", make_image("9.0.0"));
    chip.put_record(1, 2, old);
    if (old == OtaState::valid) chip.put_record(0, 3, OtaState::valid);
    ASSERT_TRUE(chip.power_on());
    ASSERT_EQ(chip.running(), "1.0.0");
    AppOn<TypeParam> app;
    ASSERT_TRUE(app.updater.begin({.scheme = kRaw}));
    ASSERT_TRUE(app.updater.write(Bytes(kNext).first(200)));
    EXPECT_FALSE(chip.record(1).empty()) << "the head is not judged yet";
    ASSERT_TRUE(app.updater.write(Bytes(kNext).subspan(200, 100)));
    EXPECT_TRUE(chip.record(1).empty());
    EXPECT_TRUE(chip.record(0).usable()) << "what runs stays the choice";
  }
}

// otadata holds the target's record alone, so the running image is made the choice first.
TYPED_TEST(BootControlOn, ForgetsNothingWithoutARecordOfItsOwn) {
  FakeChip chip(kTwoSlots, kFirst);
  chip.put("ota_1", make_image("9.0.0"));
  chip.partition("ota_1")[5000] ^= std::byte{1};
  chip.put_record(0, 2, OtaState::valid);
  ASSERT_TRUE(chip.power_on());
  ASSERT_EQ(chip.running(), "1.0.0");
  AppOn<TypeParam> app;
  ASSERT_TRUE(app.boot.forget(*app.boot.update_slot()));
  EXPECT_TRUE(chip.record(0).empty());
  EXPECT_EQ(format::slot_of(chip.record(1).seq, 2), 0u);
  EXPECT_EQ(chip.record(1).state, OtaState::valid);
}

TYPED_TEST(BootControlOn, TellsOfADamagedRecord) {
  FakeChip chip(kTwoSlots, kFirst);
  EXPECT_EQ(TypeParam().boot.damaged_record(), std::nullopt);
  chip.put("ota_1", kNext);
  chip.put_record(1, 2, OtaState::valid);
  chip.partition("otadata")[4096] ^= std::byte{0x40};
  ASSERT_TRUE(chip.power_on());
  EXPECT_EQ(chip.running(), "1.0.0");
  const auto damaged = TypeParam().boot.damaged_record();
  ASSERT_TRUE(damaged.has_value());
  EXPECT_EQ(damaged->place, 1);
  ASSERT_TRUE(damaged->chose.has_value());
  EXPECT_EQ(damaged->chose->label.view(), "ota_1");
  chip.partition("otadata")[4097] ^= std::byte{0x40};
  EXPECT_EQ(TypeParam().boot.damaged_record()->chose, std::nullopt) << "two bits say nothing";
}

// ESP-IDF's call would mark the record of the image that does not run.
TYPED_TEST(BootControlOn, GivesNothingUpAfterAFallback) {
  FakeChip chip(kTwoSlots, kFirst);
  chip.put("ota_1", make_image("9.0.0"));
  chip.partition("ota_1")[5000] ^= std::byte{1};
  chip.put_record(1, 2, OtaState::undefined);
  ASSERT_TRUE(chip.power_on());
  AppOn<TypeParam> app;
  const std::uint64_t before = chip.flash().operations();
  const Result<> rejected = app.boot.reject();
  ASSERT_FALSE(rejected);
  EXPECT_EQ(rejected.error().code, Code::no_other_image);
  EXPECT_EQ(chip.flash().operations(), before) << "nothing is changed";
}

TYPED_TEST(BootControlOn, AFactoryAppHasNothingToConfirmOrGiveUp) {
  FakeChip chip(kFactoryAndSmallSlot, kFirst);
  AppOn<TypeParam> app;
  ASSERT_EQ(app.boot.running().index, Slot::kFactory);
  const std::uint64_t before = chip.flash().operations();
  EXPECT_TRUE(app.boot.confirm());
  const Result<> rejected = app.boot.reject();
  ASSERT_FALSE(rejected);
  EXPECT_EQ(rejected.error().code, Code::no_other_image);
  EXPECT_EQ(chip.flash().operations(), before);
}

TYPED_TEST(BootControlOn, BeginTwiceIsBusyAndHarmless) {
  FakeChip chip(kTwoSlots, kFirst);
  AppOn<TypeParam> app;
  ASSERT_TRUE(app.updater.begin({.scheme = kRaw}));
  EXPECT_EQ(app.push(kNext), "busy");
  app.updater.abort({Code::aborted, Where::link});
  EXPECT_EQ(app.push(kNext), "ok");
}

// A handle of esp_ota_begin() that nobody aborted makes IDF's next begin fail, for ever.
TYPED_TEST(BootControlOn, AForgottenHandleOfTheApplicationIsNotInTheWay) {
  FakeChip chip(kTwoSlots, kFirst);
  AppOn<TypeParam> app;
  const esp_partition_t* slot = esp_ota_get_next_update_partition(nullptr);
  esp_ota_handle_t forgotten = 0;
  ASSERT_EQ(esp_ota_begin(slot, 4096, &forgotten), ESP_OK);
  ASSERT_NE(esp_ota_begin(slot, 4096, &forgotten), ESP_OK) << "what IDF makes of it";
  EXPECT_EQ(app.push(kNext), "ok");
}

// Two records that are rejected: the slot that the next update goes to counts.
TYPED_TEST(BootControlOn, FindsTheRejectedSlotByItsRecord) {
  FakeChip chip(kThreeSlots, kFirst);
  for (const bool swapped : {false, true}) {  // the newer record counts, wherever it stands
    chip.put_record(swapped ? 1 : 0, 2, OtaState::invalid);
    chip.put_record(swapped ? 0 : 1, 3, OtaState::aborted);
    AppOn<TypeParam> app;
    ASSERT_EQ(app.boot.running().index, 0);
    const auto rejected = app.boot.rejected_slot();
    ASSERT_TRUE(rejected);
    EXPECT_EQ(rejected->slot.index, 2);
    EXPECT_EQ(rejected->state, OtaState::aborted);
  }
}

TYPED_TEST(BootControlOn, AnErasedRecordIsNoDamageThroughFlashEncryptionEither) {
  FakeChip chip(kTwoSlots, kFirst, sim::BootBuild::rollback, true);
  chip.put_record(0, 1, OtaState::valid);
  AppOn<TypeParam> app;
  EXPECT_FALSE(app.boot.damaged_record());
}

// What only the port does.

TEST(Port, TellsPowerFromReset) {
  FakeChip chip(kTwoSlots, kFirst);
  for (const auto reason : {ESP_RST_POWERON, ESP_RST_BROWNOUT, ESP_RST_EXT, ESP_RST_UNKNOWN,
                            ESP_RST_PWR_GLITCH, ESP_RST_USB, ESP_RST_JTAG}) {
    chip.reset_reason = reason;
    EXPECT_EQ(started_by(), StartedBy::power) << reason;
  }
  for (const auto reason : {ESP_RST_SW, ESP_RST_PANIC, ESP_RST_TASK_WDT, ESP_RST_DEEPSLEEP}) {
    chip.reset_reason = reason;
    EXPECT_EQ(started_by(), StartedBy::reset) << reason;
  }
}

TEST(Port, NoFlashCallIsLongerThanABlockAndOthersRunBetween) {
  FakeChip chip(kTwoSlots, kFirst);
  EXPECT_EQ(App().push(make_image("2.0.0", 180 * 1024)), "ok");
  EXPECT_LE(chip.largest_erase, kFlashBlock);
  EXPECT_LT(chip.longest_stretch, 2 * kFlashBlock) << "bytes without a pause";
  EXPECT_GE(chip.pauses, 180u * 1024 / kFlashBlock);
}

}  // namespace
}  // namespace updraft::esp_idf
