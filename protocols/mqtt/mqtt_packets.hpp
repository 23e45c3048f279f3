// MQTT 3.1.1 (OASIS, 29 October 2014): the packets that a client sends, each into the room of one
// write_to(), and the limits that make them fit.
#pragma once
#include <cstdint>
#include <string_view>

#include "updraft/link.hpp"
#include "updraft/result.hpp"

#include "engine/crypto/random.hpp"

namespace updraft::link {

enum class MqttType : std::uint8_t {
  connect = 1,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  pingreq,
  pingresp,
  disconnect,
};

// Flags of a fixed header: of a message, and of those that have them fixed.
inline constexpr std::uint8_t kMqttRetained = 0x01, kMqttAgain = 0x08, kMqttReserved = 0x02;
inline constexpr unsigned kMqttQosShift = 1;

inline constexpr std::uint32_t kMqttMostRemaining = 268'435'455;  // four digits to the base 128
inline constexpr std::size_t kMqttClientBytes = 23;  // that every broker takes (3.1.3.1)
inline constexpr std::size_t kMqttUserBytes = 64;
inline constexpr std::size_t kMqttPasswordBytes = 128;
inline constexpr std::size_t kMqttTopicBytes = 128;
inline constexpr std::uint16_t kMqttKeepAlive = 60;  // seconds; a broker waits half as long again
static_assert(3 + 10 + 2 + kMqttClientBytes + 2 + kMqttUserBytes + 2 + kMqttPasswordBytes <=
              kLeastRoom);

// Texts outlive whoever uses them.
struct MqttLogin {
  std::string_view client;                    // letters and digits
  std::string_view user;                      // empty: no login
  std::string_view password;                  // only with a user
  std::uint16_t keep_alive = kMqttKeepAlive;  // seconds
};

struct MqttMessage {
  std::string_view topic;
  std::uint8_t qos = 0;
  bool retained = false;
  std::uint16_t id = 0;    // of qos 1 and 2; never 0 there
  std::uint32_t size = 0;  // bytes that follow the head
};

// "updraft-" and 12 random digits: of two clients with one name, a broker throws one out.
using MqttClientId = Text<kMqttClientBytes>;
MqttClientId make_mqtt_client_id(crypto::RandomSource random);

// Whether one topic is meant: no wildcard, within the limit, no control characters.
bool is_mqtt_topic(std::string_view topic);
// Error: too_big (`expected`: the limit of the part that is longer).
Result<> check(const MqttLogin& login);

// Each returns the bytes written; `tx` has kLeastRoom.
std::size_t write_mqtt_connect(MutableBytes tx, const MqttLogin& login);
std::size_t write_mqtt_subscribe(MutableBytes tx, std::uint16_t id, std::string_view topic);
std::size_t write_mqtt_publish(MutableBytes tx, const MqttMessage& message);  // its head
std::size_t write_mqtt_ack(MutableBytes tx, MqttType type, std::uint16_t id);
std::size_t write_mqtt_bare(MutableBytes tx, MqttType type);  // pingreq, disconnect

// What CONNACK's return code says. Errors: auth_failed, busy, protocol (`found`: the code).
Result<> judge_mqtt_connack(std::uint8_t code);

// The most payload that one message to this topic can have.
constexpr std::uint32_t most_mqtt_payload(std::string_view topic) {
  return kMqttMostRemaining - 2 - static_cast<std::uint32_t>(topic.size()) - 2;
}

}  // namespace updraft::link
