// A topic on a chip: a broker on a real socket, which the test plays.
#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/esp_idf/mqtt_url.hpp"
#include "ports/linux/tls_link.hpp"
#include "protocols/mqtt/mqtt_packets.hpp"
#include "protocols/mqtt/mqtt_samples.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

using link::samples::operator+;
using testing::Contains;
using testing::HasSubstr;

// Greets, lets subscribe, publishes one retained message, and waits for the end. Each answer comes
// to the next bytes that are heard.
class BrokersEnd final : public link::Link {
 public:
  BrokersEnd(const Image& message, bool leaves_early)
      : message_(message), leaves_early_(leaves_early) {}
  void on_bytes(Bytes, Instant) override {
    if (heard_++ == 0) out_ = link::samples::connack();
    if (heard_ != 2) return;
    out_ = link::samples::suback() + link::samples::publish(message_, {.qos = 1, .retained = true});
    if (leaves_early_) out_.resize(out_.size() / 2);
  }
  void on_lost(Instant) override { over_ = true; }
  void on_deadline(Instant) override {}
  std::size_t write_to(MutableBytes tx) override {
    const Bytes part = at_most(out_, tx.size());
    std::ranges::copy(part, tx.begin());
    const std::size_t size = part.size();
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(size));
    if (leaves_early_ && heard_ > 1 && out_.empty()) over_ = true;
    return size;
  }
  std::optional<Instant> deadline() const override { return std::nullopt; }
  link::Phase phase() const override { return over_ ? link::Phase::closed : link::Phase::open; }
  Result<> outcome() const override { return {}; }

 private:
  const Image& message_;
  bool leaves_early_, over_ = false;
  int heard_ = 0;
  link::samples::Wire out_;
};

class Broker {
 public:
  Broker(std::uint16_t port, Image message, const linux_port::TlsIdentity* identity = nullptr)
      : listener_(listen_on(port)), message_(std::move(message)) {
    if (identity != nullptr) tls_.emplace(*identity);
    thread_ = std::thread([this] { run(); });
  }
  ~Broker() {
    (void)::shutdown(listener_, SHUT_RDWR);
    (void)::shutdown(peer_, SHUT_RDWR);
    (void)::close(listener_);
    thread_.join();
  }
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  std::atomic<int> connections = 0;
  std::atomic<int> leaves_early = 0;  // so many connections are ended within the message

 private:
  void run() {
    while (true) {
      const int peer = ::accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      peer_ = peer;
      ++connections;
      serve(peer);
      (void)::close(peer);
    }
  }
  void serve(int peer) {
    const bool early = leaves_early > 0;
    if (early) --leaves_early;
    BrokersEnd plain(message_, early);
    std::optional<linux_port::TlsLink> secure;
    if (tls_) secure.emplace(*tls_, plain);
    link::Link& link = secure ? static_cast<link::Link&>(*secure) : plain;
    link.on_connected(Instant{});
    std::array<std::byte, 4096> wire;
    ssize_t got = 0;
    while (link.phase() != link::Phase::closed &&
           (got = ::recv(peer, wire.data(), wire.size(), 0)) > 0) {
      link.on_bytes(Bytes(wire).first(static_cast<std::size_t>(got)), Instant{});
      while (const std::size_t size = link.write_to(wire)) {
        send_all(peer, Bytes(wire).first(size));
      }
    }
  }
  int listener_;
  std::optional<linux_port::TlsContext> tls_;
  std::atomic<int> peer_ = -1;
  Image message_;
  std::thread thread_;
};

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
  linux_port::TlsIdentity identity = linux_port::make_self_signed({kBroker});
};

TEST_F(MqttsTopic, TakesARetainedMessage) {
  const Broker broker(port, make_image("2.0.0", 60 * 1024), &identity);
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_TRUE(bench.ends_with("ok"));
  EXPECT_EQ(broker.connections, 1);
}

TEST_F(MqttsTopic, AConnectionThatIsLostBeginsAnew) {
  Broker broker(port, make_image("2.0.0", 60 * 1024), &identity);
  broker.leaves_early = 1;
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_TRUE(bench.turn_until([&] { return bench.ends.size() > 1; }));
  EXPECT_EQ(bench.ends.back(), "ok");
  EXPECT_EQ(broker.connections, 2);
}

TEST_F(MqttsTopic, OnlyABrokerWithTheRightCertificateIsHeard) {
  const linux_port::TlsIdentity elsewhere = linux_port::make_self_signed({"elsewhere.local"});
  bench.config.mqtt_ca = elsewhere.certificate.c_str();
  const Broker broker(port, make_image("2.0.0", 60 * 1024), &elsewhere);
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
