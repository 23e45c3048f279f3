// ESPHome's native OTA at the service's door.
#include <gtest/gtest.h>

#include "tests/esp_idf/esphome_sender.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

struct EsphomeOnChip : testing::Test {
  EsphomeOnChip() {
    bench.config.esphome_port = free_port();
    bench.config.esphome_password = "secret";
  }
  std::string push(const Image& image, const std::string& password = "secret") {
    const std::uint16_t port = bench.config.esphome_port;
    auto sender =
        std::async(std::launch::async, [&] { return push_esphome(port, image, password); });
    (void)bench.turn_until(
        [&] { return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
    return sender.get();
  }
  ServiceBench bench;
};

TEST_F(EsphomeOnChip, TakesWhatKnowsThePassword) {
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push(make_image("2.0.0")), "ok");
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(EsphomeOnChip, AndNobodyElse) {
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push(make_image("2.0.0"), "another"), "auth_failed");
  EXPECT_EQ(bench.ends.back(), "auth_failed");
}

TEST_F(EsphomeOnChip, WithNoPasswordTheGateDecides) {
  bench.config.esphome_password = nullptr;
  ASSERT_EQ(bench.start(), ESP_OK);
  const std::uint64_t before = bench.chip.flash().operations();
  EXPECT_EQ(push(make_image("2.0.0")), "signature_invalid") << "the nearest byte that there is";
  EXPECT_EQ(bench.ends.back(), "unsigned");
  EXPECT_EQ(bench.chip.flash().operations(), before);
}

TEST_F(EsphomeOnChip, OrIsLetInByName) {
  bench.config.esphome_password = nullptr;
  bench.config.allow_unsigned_esphome = true;
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push(make_image("2.0.0")), "ok");
}

TEST_F(EsphomeOnChip, WithoutMemoryNothingStarts) {
  bench.chip.heap = sizeof(EsphomeDoor) - 1;
  EXPECT_EQ(bench.start(), ESP_ERR_NO_MEM);
}

}  // namespace
}  // namespace updraft::esp_idf
