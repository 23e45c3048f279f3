// What a chip tells the local network of itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

TEST(Announced, IsWhoItIsAndWhereItListens) {
  ServiceBench bench;
  bench.config.raw_port = free_port();
  bench.config.native_port = free_port();
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(bench.chip.mdns.host, "updraft-a3a4a5");
  EXPECT_EQ(bench.chip.mdns.service, "updraft-a3a4a5._updraft._tcp");
  EXPECT_EQ(bench.chip.mdns.port, bench.config.native_port);
  auto text = bench.chip.mdns.text;
  EXPECT_EQ(text["digest"].size(), 16u);
  text.erase("digest");
  const std::string open = "raw:" + std::to_string(bench.config.raw_port) +
                           ",native:" + std::to_string(bench.config.native_port);
  EXPECT_THAT(text, testing::UnorderedElementsAre(
                        testing::Pair("v", "1"), testing::Pair("id", "a0a1a2a3a4a5"),
                        testing::Pair("chip", "esp32c3"), testing::Pair("project", "demo"),
                        testing::Pair("version", "1.0.0"), testing::Pair("state", "valid"),
                        testing::Pair("open", open), testing::Pair("paired", "0")));
}

TEST(Announced, IsWhatBecomesOfAnImageOnTrial) {
  ServiceBench bench;
  bench.config.raw_port = free_port();
  bench.config.mdns_name = "kitchen";
  bench.config.native_id = "lamp-7";
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(bench.chip.mdns.service, "kitchen._updraft._tcp");
  EXPECT_EQ(bench.chip.mdns.text["id"], "lamp-7");
  ASSERT_EQ(bench.install(make_image("2.0.0")), "ok");
  ASSERT_TRUE(bench.power_on());
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(bench.chip.mdns.text["state"], "pending_verify");
  EXPECT_EQ(bench.chip.mdns.text["version"], "2.0.0");
  bench.service->trial().ask_to_confirm();
  ASSERT_TRUE(bench.service->turn(Millis{0}));
  EXPECT_EQ(bench.chip.mdns.text["state"], "valid");
}

TEST(Announced, AHostNameOfTheApplicationStays) {
  ServiceBench bench;
  bench.chip.mdns.host = "thermostat";
  bench.config.raw_port = free_port();
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(bench.chip.mdns.host, "thermostat");
}

TEST(Announced, NobodyIsWhoListensNowhereOrHasNoMemoryForIt) {
  ServiceBench deaf;
  ASSERT_EQ(deaf.start(), ESP_OK);
  EXPECT_EQ(deaf.chip.mdns.service, "");
  ServiceBench poor;
  poor.chip.mdns.works = false;
  poor.config.raw_port = free_port();
  ASSERT_EQ(poor.start(), ESP_OK);
  EXPECT_THAT(poor.chip.log, testing::Contains(testing::HasSubstr("not announced")));
}

}  // namespace
}  // namespace updraft::esp_idf
