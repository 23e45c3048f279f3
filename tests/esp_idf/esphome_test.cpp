// ESPHome's native OTA at the service's door.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/esphome/noise_link.hpp"
#include "tests/esp_idf/esphome_sender.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

std::string push_by_noise(std::uint16_t port, const Image& image, const link::NoiseKey& key) {
  EsphomeImage content(image);
  link::EsphomeHost host(content, "", &crypto::random_bytes, true);
  link::NoiseLink noise(link::NoiseLink::Side::initiator, host, key);
  return push_by(noise, connect_to(port));
}

struct EsphomeOnChip : testing::Test {
  EsphomeOnChip() {
    bench.config.esphome_port = free_port();
    bench.config.esphome_password = "secret";
  }
  std::string push(const Image& image, const std::string& password = "secret",
                   const char* key = nullptr) {
    const std::uint16_t port = bench.config.esphome_port;
    const auto noise = key != nullptr ? link::read_noise_key(key) : std::nullopt;
    auto sender = std::async(std::launch::async, [&] {
      return noise ? push_by_noise(port, image, *noise) : push_esphome(port, image, password);
    });
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

constexpr const char* kKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr const char* kOtherKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh4=";

TEST_F(EsphomeOnChip, TakesByNoiseWhatHasTheKey) {
  bench.config.esphome_key = kKey;
  bench.config.esphome_password = nullptr;
  ASSERT_EQ(bench.start(), ESP_OK);
  bench.service->say_what_is_open(5'000);
  EXPECT_THAT(bench.chip.log,
              testing::Contains(testing::HasSubstr("; whoever knows the password; images")));
  EXPECT_EQ(push(make_image("2.0.0"), "", kKey), "ok");
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(EsphomeOnChip, WithAKeyNothingElseComesIn) {
  bench.config.esphome_key = kKey;
  bench.config.allow_unsigned_esphome = true;
  ASSERT_EQ(bench.start(), ESP_OK);
  const std::uint64_t before = bench.chip.flash().operations();
  EXPECT_EQ(push(make_image("2.0.0"), "", kOtherKey), "auth_failed");
  EXPECT_EQ(push(make_image("2.0.0")), "not_wanted") << "in the clear, with the right password";
  EXPECT_EQ(bench.chip.flash().operations(), before);
  EXPECT_EQ(push(make_image("2.0.0"), "", kKey), "ok") << "and they hold no place";
}

TEST_F(EsphomeOnChip, WithoutAKeyNoHostThatWantsOneIsServedInTheClear) {
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push(make_image("2.0.0"), "", kKey), "alg_unsupported");
  EXPECT_EQ(bench.events, std::vector<updraft_event_id_t>{});
}

TEST_F(EsphomeOnChip, AKeyIs44Characters) {
  for (const char* const bad : {"", "AAEC", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
                                "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8-"}) {
    bench.config.esphome_key = bad;
    EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG) << bad;
  }
}

TEST_F(EsphomeOnChip, WithoutMemoryNothingStarts) {
  bench.chip.heap = sizeof(EsphomeDoor) - 1;
  EXPECT_EQ(bench.start(), ESP_ERR_NO_MEM);
}

}  // namespace
}  // namespace updraft::esp_idf
