// A chip whose application brings a KeySet.
#include "ports/esp_idf/trusted.hpp"

#include <gtest/gtest.h>

#include "engine/signing/test_signed_bench.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

struct SignedChip : ServiceBench {
  explicit SignedChip(const char* table = kLedgers) : ServiceBench(table) { bring(key_set); }
  void bring(const Image& set) {
    config.keyset = reinterpret_cast<const std::uint8_t*>(set.data());
    config.keyset_size = set.size();
    config.vendor_id = reinterpret_cast<const std::uint8_t*>(desk.product.vendor.data());
    config.class_id = reinterpret_cast<const std::uint8_t*>(desk.product.class_id.data());
  }
  void bring_none() {
    config.keyset = config.vendor_id = config.class_id = nullptr;
    config.keyset_size = 0;
  }
  Desk& desk = Desk::shared();
  Image key_set = desk.key_set(1, desk.release_key);
  Image next = make_image("2.0.0");
};

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
  bench.service->trial().ask_to_confirm();
  (void)bench.service->turn(Millis{0});
  EXPECT_EQ(bench.install(bench.desk.package(make_image("1.5.0"), {.sequence = 6})),
            "sequence_old");
  EXPECT_EQ(bench.install(make_image("1.5.0")), "not_armed");
  EXPECT_EQ(bench.install(bench.desk.package(make_image("3.0.0"), {.sequence = 8})), "ok");
}

TEST(Trusted, TheNextKeySetHoldsAtOnce) {
  SignedChip bench;
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(bench.install(bench.desk.key_set(2, bench.desk.next_key)), "ok");
  EXPECT_EQ(bench.install(bench.desk.package(bench.next, {.sequence = 7})), "key_unknown");
}

TEST(Trusted, ArmingIsForATimeOrOneUpdate) {
  SignedChip bench;
  ASSERT_EQ(bench.start(), ESP_OK);
  bench.service->trusted().ask_to_arm(300);
  (void)bench.service->turn(Millis{0});
  bench.service->trusted().ask_to_arm(0);
  (void)bench.service->turn(Millis{0});
  EXPECT_EQ(bench.install(bench.next), "not_armed");
  bench.service->trusted().ask_to_arm(300);
  (void)bench.service->turn(Millis{0});
  EXPECT_EQ(bench.install(bench.next), "ok");
  EXPECT_EQ(bench.service->policy().signing->stand(), Stand::closed) << "one update";
}

TEST(Trusted, WhatCannotBeHeldShowsAtTheStart) {
  SignedChip small(kTwoSlots);  // a partition of two sectors
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
