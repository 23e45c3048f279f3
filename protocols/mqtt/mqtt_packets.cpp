#include "protocols/mqtt/mqtt_packets.hpp"

#include <algorithm>

#include "engine/core/assert.hpp"
#include "engine/core/hex.hpp"

namespace updraft::link {
namespace {

constexpr std::uint8_t kLevel = 4;  // of the protocol: 3.1.1
constexpr std::uint8_t kCleanSession = 0x02, kHasPassword = 0x40, kHasUser = 0x80;
constexpr std::uint8_t kMostQos = 2;

class Writer {
 public:
  explicit Writer(MutableBytes out) : out_(out) {}
  Writer& u8(std::uint8_t value) {
    UPDRAFT_ASSERT(size_ < out_.size());
    out_[size_++] = std::byte{value};
    return *this;
  }
  Writer& u16(std::size_t value) {
    return u8(static_cast<std::uint8_t>(value >> 8)).u8(static_cast<std::uint8_t>(value & 0xff));
  }
  Writer& text(std::string_view text) {
    u16(text.size());
    for (const char c : text) u8(static_cast<std::uint8_t>(c));
    return *this;
  }
  // The fixed header: type, flags, and how many bytes follow.
  Writer& head(MqttType type, std::uint8_t flags, std::size_t remaining) {
    u8(static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4 | flags));
    do {
      const auto digit = static_cast<std::uint8_t>(remaining % 128);
      remaining /= 128;
      u8(static_cast<std::uint8_t>(digit | (remaining > 0 ? 128 : 0)));
    } while (remaining > 0);
    return *this;
  }
  std::size_t size() const { return size_; }

 private:
  MutableBytes out_;
  std::size_t size_ = 0;
};

std::size_t text_bytes(std::string_view text) { return 2 + text.size(); }

}  // namespace

MqttClientId make_mqtt_client_id(crypto::RandomSource random) {
  constexpr std::string_view kName = "updraft-";
  std::array<std::byte, 6> bytes{};
  random(bytes);
  std::array<std::byte, kName.size() + 2 * bytes.size()> text{};
  static_assert(text.size() <= kMqttClientBytes);
  std::ranges::copy(as_bytes(kName), text.begin());
  write_hex(bytes, MutableBytes(text).subspan(kName.size()));
  return MqttClientId(text);
}

bool is_mqtt_topic(std::string_view topic) {
  const auto is_plain = [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != '\x7f' && c != '+' && c != '#';
  };
  return !topic.empty() && topic.size() <= kMqttTopicBytes && std::ranges::all_of(topic, is_plain);
}

Result<> check(const MqttLogin& login) {
  const auto limited = [](std::string_view text, std::size_t most) -> Result<> {
    if (text.size() <= most) return {};
    return fail(Code::too_big, Where::link, text.size(), most);
  };
  UPDRAFT_TRY(limited(login.client, kMqttClientBytes));
  UPDRAFT_TRY(limited(login.user, kMqttUserBytes));
  return limited(login.password, kMqttPasswordBytes);
}

std::size_t write_mqtt_connect(MutableBytes tx, const MqttLogin& login) {
  const bool has_user = !login.user.empty(), has_password = has_user && !login.password.empty();
  std::size_t remaining = text_bytes("MQTT") + 4 + text_bytes(login.client);
  if (has_user) remaining += text_bytes(login.user);
  if (has_password) remaining += text_bytes(login.password);
  const unsigned flags =
      kCleanSession | (has_user ? kHasUser : 0u) | (has_password ? kHasPassword : 0u);
  Writer out(tx);
  out.head(MqttType::connect, 0, remaining).text("MQTT").u8(kLevel);
  out.u8(static_cast<std::uint8_t>(flags)).u16(login.keep_alive).text(login.client);
  if (has_user) out.text(login.user);
  if (has_password) out.text(login.password);
  return out.size();
}

std::size_t write_mqtt_subscribe(MutableBytes tx, std::uint16_t id, std::string_view topic) {
  Writer out(tx);
  out.head(MqttType::subscribe, kMqttReserved, 2 + text_bytes(topic) + 1).u16(id).text(topic);
  return out.u8(kMostQos).size();
}

std::size_t write_mqtt_publish(MutableBytes tx, const MqttMessage& message) {
  const auto flags = static_cast<std::uint8_t>(message.qos << kMqttQosShift |
                                               (message.retained ? kMqttRetained : 0));
  const std::size_t id = message.qos > 0 ? 2 : 0;
  Writer out(tx);
  out.head(MqttType::publish, flags, text_bytes(message.topic) + id + message.size);
  out.text(message.topic);
  if (id > 0) out.u16(message.id);
  return out.size();
}

std::size_t write_mqtt_ack(MutableBytes tx, MqttType type, std::uint16_t id) {
  const std::uint8_t flags = type == MqttType::pubrel ? kMqttReserved : 0;
  return Writer(tx).head(type, flags, 2).u16(id).size();
}

Result<> judge_mqtt_connack(std::uint8_t code) {
  constexpr std::uint8_t kAccepted = 0, kUnavailable = 3, kBadUser = 4, kNotAuthorized = 5;
  if (code == kAccepted) return {};
  const bool login = code == kBadUser || code == kNotAuthorized;
  const Code why = login ? Code::auth_failed : code == kUnavailable ? Code::busy : Code::protocol;
  return fail(why, Where::link, code);
}

std::size_t write_mqtt_bare(MutableBytes tx, MqttType type) {
  return Writer(tx).head(type, 0, 0).size();
}

}  // namespace updraft::link
