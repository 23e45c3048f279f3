#include "protocols/mqtt/mqtt_packets.hpp"

#include <gtest/gtest.h>

#include "protocols/mqtt/mqtt_samples.hpp"

namespace updraft::link {
namespace {

using samples::Wire;

class Tx {
 public:
  operator MutableBytes() { return room_; }
  Wire wire(std::size_t size) const {
    return {room_.begin(), room_.begin() + static_cast<std::ptrdiff_t>(size)};
  }

 private:
  std::array<std::byte, kLeastRoom> room_{};
};

// The bytes of the standard's own figures.
TEST(MqttPackets, AreThoseOfTheStandard) {
  Tx tx;
  EXPECT_EQ(tx.wire(write_mqtt_connect(tx, {.client = "c", .keep_alive = 60})),
            samples::wire({0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 1, 'c'}));
  EXPECT_EQ(tx.wire(write_mqtt_connect(
                tx, {.client = "c", .user = "me", .password = "pw", .keep_alive = 600})),
            samples::wire({0x10, 21, 0,   4, 'M', 'Q', 'T', 'T', 4, 0xc2, 2,  88,
                           0,    1,  'c', 0, 2,   'm', 'e', 0,   2, 'p',  'w'}));
  EXPECT_EQ(tx.wire(write_mqtt_connect(tx, {.client = "c", .user = "me", .password = {}})),
            samples::wire(
                {0x10, 17, 0, 4, 'M', 'Q', 'T', 'T', 4, 0x82, 0, 60, 0, 1, 'c', 0, 2, 'm', 'e'}));
  EXPECT_EQ(tx.wire(write_mqtt_subscribe(tx, 1, "ota")),
            samples::wire({0x82, 8, 0, 1, 0, 3, 'o', 't', 'a', 2}));
  EXPECT_EQ(tx.wire(write_mqtt_publish(tx, {.topic = "a/b", .size = 321 - 5})),
            samples::wire({0x30, 0xC1, 2, 0, 3, 'a', '/', 'b'}))
      << "2.2.3: 321 is C1 02";
  EXPECT_EQ(tx.wire(write_mqtt_publish(
                tx, {.topic = "a/b", .qos = 2, .retained = true, .id = 10, .size = 0})),
            samples::wire({0x35, 7, 0, 3, 'a', '/', 'b', 0, 10}));
  EXPECT_EQ(tx.wire(write_mqtt_ack(tx, MqttType::puback, 0x102)), samples::wire({0x40, 2, 1, 2}));
  EXPECT_EQ(tx.wire(write_mqtt_ack(tx, MqttType::pubrel, 1)), samples::wire({0x62, 2, 0, 1}));
  EXPECT_EQ(tx.wire(write_mqtt_bare(tx, MqttType::pingreq)), samples::wire({0xc0, 0}));
  EXPECT_EQ(tx.wire(write_mqtt_bare(tx, MqttType::disconnect)), samples::wire({0xe0, 0}));
}

TEST(MqttPackets, AtTheLimitsTheyFitIntoTheLeastRoom) {
  Tx tx;
  const std::string client(kMqttClientBytes, 'c'), user(kMqttUserBytes, 'u'),
      password(kMqttPasswordBytes, 'p'), topic(kMqttTopicBytes, 't');
  const MqttLogin login{.client = client, .user = user, .password = password};
  EXPECT_TRUE(check(login));
  EXPECT_LE(write_mqtt_connect(tx, login), kLeastRoom);
  EXPECT_LE(write_mqtt_subscribe(tx, 1, topic), kLeastRoom);
  EXPECT_LE(
      write_mqtt_publish(tx, {.topic = topic, .qos = 2, .id = 1, .size = most_mqtt_payload(topic)}),
      kLeastRoom);
  const std::string more = password + "p";
  EXPECT_EQ(check({.client = client + "c"}).error().expected, kMqttClientBytes);
  EXPECT_EQ(check({.user = user + "u"}).error().expected, kMqttUserBytes);
  EXPECT_EQ(check({.password = more}).error().expected, kMqttPasswordBytes);
}

TEST(MqttTopic, IsOneTopic) {
  for (const char* const good : {"ota", "/ota", "a/b/c", "\xc3\xa4", "$SYS/x"})
    EXPECT_TRUE(is_mqtt_topic(good));
  for (const std::string& bad :
       {std::string(), std::string("a/+/b"), std::string("#"), std::string("a\n"),
        std::string("a\0b", 3), std::string(kMqttTopicBytes + 1, 't')}) {
    EXPECT_FALSE(is_mqtt_topic(bad)) << bad;
  }
}

TEST(MqttConnack, SaysWhy) {
  EXPECT_TRUE(judge_mqtt_connack(0));
  const Code codes[] = {Code::protocol,    Code::protocol,    Code::busy,
                        Code::auth_failed, Code::auth_failed, Code::protocol};
  for (std::uint8_t code = 1; code <= 6; ++code) {
    const auto judged = judge_mqtt_connack(code);
    EXPECT_EQ(judged.error().code, codes[code - 1]);
    EXPECT_EQ(judged.error().found, code);
  }
}

TEST(MqttClient, HasANameOfItsOwn) {
  const MqttClientId id = make_mqtt_client_id(crypto::random_bytes);
  EXPECT_EQ(id.view().size(), 20u);
  EXPECT_TRUE(id.view().starts_with("updraft-"));
  EXPECT_NE(id.view(), make_mqtt_client_id(crypto::random_bytes).view());
}

}  // namespace
}  // namespace updraft::link
