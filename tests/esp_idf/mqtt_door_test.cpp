// A topic on a chip: a broker on a real socket, which the test plays.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/esp_idf/mqtt_url.hpp"
#include "ports/linux/tls_link.hpp"
#include "tests/esp_idf/broker.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

using testing::Contains;
using testing::HasSubstr;

class MqttTopic : public testing::Test {
 protected:
  void SetUp() override {
    url = "mqtt://127.0.0.1:" + std::to_string(port) + "/ota";
    bench.config.mqtt_url = url.c_str();
    bench.config.allow_unsigned_mqtt = true;
  }
  const std::uint16_t port = free_port();
  std::string url;
  ServiceBench bench;
};

TEST_F(MqttTopic, TakesARetainedMessageAndRestarts) {
  const Broker broker(port, make_image("2.0.0", 150 * 1024));
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_TRUE(bench.ends_with("ok"));
  EXPECT_FALSE(bench.turn_until([] { return false; })) << "it restarts";
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(MqttTopic, WhatRunsAlreadyIsNoLoop) {
  const Broker broker(port, make_image("1.0.0"));
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_TRUE(bench.turn_until([&] {
    return std::ranges::find(bench.events, UPDRAFT_EVENT_CURRENT) != bench.events.end();
  }));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(bench.service->turn(Millis{20}));
  EXPECT_EQ(broker.connections, 1);
  EXPECT_EQ(bench.ends, std::vector<std::string>{});
}

TEST_F(MqttTopic, ABrokerThatLeavesIsFoundAgain) {
  Broker broker(port, make_image("2.0.0"));
  broker.leaves_early = 1;
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_TRUE(bench.ends_with("aborted"));
  EXPECT_TRUE(bench.turn_until([&] { return bench.ends.size() > 1; }));
  EXPECT_EQ(bench.ends.back(), "ok");
  EXPECT_EQ(broker.connections, 2);
}

TEST_F(MqttTopic, UnsignedIsLetInOnlyByName) {
  bench.config.allow_unsigned_mqtt = false;
  const Broker broker(port, make_image("2.0.0"));
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_TRUE(bench.ends_with("unsigned"));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(bench.service->turn(Millis{20}));
  EXPECT_EQ(bench.ends.size(), 1u) << "and said once";
}

TEST_F(MqttTopic, WhatCannotBeIsSaid) {
  for (const char* const bad :
       {"mqttss://h/ota", "mqtt://h", "mqtts://h", "mqtts:///ota", "mqtt://h/", "mqtt:///ota",
        "mqtt://h:0/ota", "mqtt://h:x/ota", "mqtt://h/a/+", "raw://h:1"}) {
    bench.config.mqtt_url = bad;
    EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG) << bad;
  }
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("mqtt_url")));
  const std::string name(link::kMqttUserBytes + 1, 'u');
  bench.config.mqtt_url = url.c_str();
  bench.config.mqtt_user = name.c_str();
  EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG);
}

// By Mbed TLS itself, against OpenSSL.
class MqttsTopic : public MqttTopic {
 protected:
  void SetUp() override {
    MqttTopic::SetUp();
    bench.chip.net.names[kBroker] = "127.0.0.1";
    url = std::string("mqtts://") + kBroker + ":" + std::to_string(port) + "/ota";
    bench.config.mqtt_url = url.c_str();
    bench.config.mqtt_ca = identity.certificate.c_str();
  }
  static constexpr const char* kBroker = "broker.local";
  static Broker::Around by(const linux_port::TlsContext& context) {
    return [&context](link::Link& plain, const Broker::Converse& converse) {
      linux_port::TlsLink secure(context, plain);
      converse(secure);
    };
  }
  linux_port::TlsIdentity identity = linux_port::make_self_signed({kBroker});
  linux_port::TlsContext context{identity};
};

TEST_F(MqttsTopic, TakesARetainedMessage) {
  const Broker broker(port, make_image("2.0.0", 60 * 1024), by(context));
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_TRUE(bench.ends_with("ok"));
  EXPECT_EQ(broker.connections, 1);
}

TEST_F(MqttsTopic, AConnectionThatIsLostBeginsAnew) {
  Broker broker(port, make_image("2.0.0", 60 * 1024), by(context));
  broker.leaves_early = 1;
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_TRUE(bench.turn_until([&] { return bench.ends.size() > 1; }));
  EXPECT_EQ(bench.ends.back(), "ok");
  EXPECT_EQ(broker.connections, 2);
}

TEST_F(MqttsTopic, OnlyABrokerWithTheRightCertificateIsHeard) {
  const linux_port::TlsIdentity elsewhere = linux_port::make_self_signed({"elsewhere.local"});
  bench.config.mqtt_ca = elsewhere.certificate.c_str();
  const linux_port::TlsContext other(elsewhere);
  const Broker broker(port, make_image("2.0.0", 60 * 1024), by(other));
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_TRUE(bench.turn_until([&] {
    return std::ranges::any_of(bench.chip.log, [](const std::string& line) {
      return line.find("mqtt: not connected; again in") != line.npos;
    });
  }));
  EXPECT_EQ(bench.ends, std::vector<std::string>{});
}

TEST_F(MqttsTopic, ACertificateIsOneInPem) {
  bench.config.mqtt_ca = "no certificate";
  EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG);
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("mqtt_ca")));
}

TEST(MqttUrl, HasAHostAPortAndATopic) {
  const auto url = parse_mqtt_url("mqtt://broker.lan/a/b");
  ASSERT_TRUE(url);
  EXPECT_STREQ(url->host.data(), "broker.lan");
  EXPECT_EQ(url->port, 1883);
  EXPECT_EQ(url->topic, "a/b");
  EXPECT_FALSE(url->tls);
  EXPECT_EQ(parse_mqtt_url("mqtts://h/ota")->port, 8883);
  EXPECT_TRUE(parse_mqtt_url("mqtts://h:1/ota")->tls);
  EXPECT_EQ(parse_mqtt_url("mqtt://h:18830//ota")->topic, "/ota");
  EXPECT_EQ(parse_mqtt_url("mqtt://h:18830//ota")->port, 18'830);
}

}  // namespace
}  // namespace updraft::esp_idf
