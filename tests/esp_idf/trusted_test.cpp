// A chip whose application brings a KeySet.
#include "ports/esp_idf/trusted.hpp"

#include <gtest/gtest.h>

#include "tests/esp_idf/signed_chip.hpp"

namespace updraft::esp_idf {
namespace {

TEST(Trusted, TakesWhatItsOwnerSignedOverEveryProtocolAndNothingElse) {
  SignedChip bench;
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(bench.install(bench.next), "not_armed");
  EXPECT_EQ(bench.install(bench.next, kWs), "unsigned");
  Image damaged = bench.desk.package(bench.next, {.sequence = 7});
  damaged[damaged.size() - 100] ^= std::byte{1};
  EXPECT_EQ(bench.install(damaged), "chunk_mismatch");
  EXPECT_EQ(
      bench.install(bench.desk.package(bench.next, {.sequence = 7, .key = &bench.desk.next_key})),
      "key_unknown");
  EXPECT_EQ(bench.install(bench.desk.package(bench.next, {.sequence = 7}), kWs), "ok");
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST(Trusted, RemembersItsKeySetAndTheReleaseWithoutTheApplication) {
  SignedChip bench;
  ASSERT_EQ(bench.start(), ESP_OK);
  ASSERT_EQ(bench.install(bench.desk.package(bench.next, {.sequence = 7})), "ok");
  ASSERT_TRUE(bench.power_on());
  bench.bring_none();
  ASSERT_EQ(bench.start(), ESP_OK);
  bench.confirm();
  EXPECT_EQ(bench.install(bench.desk.package(make_image("1.5.0"), {.sequence = 6})),
            "sequence_old");
  EXPECT_EQ(bench.install(make_image("1.5.0")), "not_armed");
  EXPECT_EQ(bench.install(bench.desk.package(make_image("3.0.0"), {.sequence = 8})), "ok");
}

// A table of a device in the field, where the partition is too small or is not there.
TEST(Trusted, NvsRemembersWhereThereIsNoPartition) {
  for (const char* const table : {kTwoSlots, kWithoutPartition}) {
    SignedChip bench(table);
    ASSERT_EQ(bench.start(), ESP_OK);
    ASSERT_EQ(bench.install(bench.desk.package(bench.next, {.sequence = 7})), "ok");
    ASSERT_TRUE(bench.power_on());
    ASSERT_EQ(bench.start(), ESP_OK);
    bench.confirm();
    EXPECT_EQ(bench.install(bench.desk.key_set(2, bench.desk.next_key)), "ok");
    bench.bring_none();
    ASSERT_TRUE(bench.power_on());
    ASSERT_EQ(bench.start(), ESP_OK);
    EXPECT_EQ(bench.signing().key_set_version(), 2u);
    const Image later = make_image("3.0.0");
    EXPECT_EQ(bench.install(bench.next), "not_armed");
    EXPECT_EQ(bench.install(bench.desk.package(later, {.sequence = 8})), "key_unknown");
    EXPECT_EQ(
        bench.install(bench.desk.package(later, {.sequence = 6, .key = &bench.desk.next_key})),
        "sequence_old");
    EXPECT_EQ(
        bench.install(bench.desk.package(later, {.sequence = 8, .key = &bench.desk.next_key})),
        "ok");
  }
}

TEST(Trusted, WhatNvsHasNoRoomForIsNotTrusted) {
  SignedChip bench(kWithoutPartition);
  const std::uint8_t product = bench.chip.nvs.name_space("product");
  ASSERT_NE(bench.chip.nvs.name_space("updraft"), 0);
  for (std::size_t i = 0; bench.chip.nvs.set_number(product, "k" + std::to_string(i), 7) == ESP_OK;
       ++i) {
  }
  EXPECT_EQ(bench.start(), ESP_FAIL) << "the application is told at once";
}

TEST(Trusted, TheNextKeySetHoldsAtOnce) {
  SignedChip bench;
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(bench.install(bench.desk.key_set(2, bench.desk.next_key)), "ok");
  EXPECT_EQ(bench.install(bench.desk.package(bench.next, {.sequence = 7})), "key_unknown");
}

TEST(Trusted, ArmingIsForATimeOrOneUpdate) {
  SignedChip bench;
  bench.chip.real_time = false;
  ASSERT_EQ(bench.start(), ESP_OK);
  const Trusted& trusted = bench.service->trusted();
  bench.service->trusted().ask_to_arm(300);
  (void)bench.service->turn(Millis{0});
  EXPECT_TRUE(trusted.armed());
  EXPECT_EQ(trusted.armed_for(now()), 300u);
  EXPECT_EQ(trusted.armed_for(now() + Millis{301'000}), 0u) << "before a turn has seen it";
  bench.service->trusted().ask_to_arm(0);
  (void)bench.service->turn(Millis{0});
  EXPECT_EQ(bench.install(bench.next), "not_armed");
  bench.service->trusted().ask_to_arm(300);
  (void)bench.service->turn(Millis{0});
  EXPECT_EQ(bench.install(bench.next), "ok");
  EXPECT_EQ(bench.service->policy().signing->stand(), Stand::closed) << "one update";
}

TEST(Trusted, WhatTokensSaidOfTheTimeIsThereAfterARestart) {
  for (const char* const table : {kLedgers, kWithoutPartition}) {
    SignedChip bench(table);
    const Image fresh = bench.desk.fresh_set(1);
    bench.bring(fresh);
    ASSERT_EQ(bench.start(), ESP_OK);
    EXPECT_EQ(bench.service->trusted().not_before(), 0u);
    const Image token = bench.desk.token({.device_id = "kitchen", .now = 1'790'000'000});
    const host::Id nonce{};
    ASSERT_TRUE(bench.signing().judge_token(token, "kitchen", nonce).has_value());
    (void)bench.service->turn(Millis{0});
    EXPECT_EQ(bench.service->trusted().not_before(), 1'790'000'000u);
    ASSERT_TRUE(bench.power_on());
    ASSERT_EQ(bench.start(), ESP_OK);
    EXPECT_EQ(bench.service->trusted().not_before(), 1'790'000'000u);
  }
}

TEST(Trusted, WhatCannotBeHeldShowsAtTheStart) {
  SignedChip small(kTwoSlots);  // a partition of two sectors
  small.chip.nvs_ready = false;
  EXPECT_EQ(small.start(), ESP_ERR_NOT_SUPPORTED);
  small.bring_none();
  EXPECT_EQ(small.start(), ESP_OK);
  SignedChip forged;
  forged.key_set.back() ^= std::byte{1};
  EXPECT_EQ(forged.start(), ESP_ERR_INVALID_ARG);
  SignedChip tight;
  tight.chip.heap = 4 * 1024;
  EXPECT_EQ(tight.start(), ESP_ERR_NO_MEM);
}

}  // namespace
}  // namespace updraft::esp_idf
