#include "protocols/mqtt/mqtt_reader.hpp"

#include <algorithm>

namespace updraft::link {
namespace {

constexpr std::uint8_t kQosMask = 0x03;
constexpr unsigned kLengthShifts = 28;  // four digits of seven bits

// Bytes that a packet's body has; a message's head says its own.
int body_of(MqttType type) {
  switch (type) {
    case MqttType::connack:
    case MqttType::puback:
    case MqttType::pubrec:
    case MqttType::pubrel:
    case MqttType::pubcomp:
    case MqttType::unsuback:
      return 2;
    case MqttType::suback:
      return 3;  // of one topic
    case MqttType::pingresp:
      return 0;
    default:
      return -1;  // a broker does not send it
  }
}

std::uint8_t qos_of(std::uint8_t flags) { return flags >> kMqttQosShift & kQosMask; }

}  // namespace

Result<> MqttReader::take(Bytes rx) {
  while (!rx.empty() && state_ != State::stopped) {
    if (state_ == State::payload) {
      const Bytes part = at_most(rx, left_);
      rx = rx.subspan(part.size());
      left_ -= static_cast<std::uint32_t>(part.size());
      handler_.on_payload(part);
      if (left_ == 0 && state_ != State::stopped) end_payload();
      continue;
    }
    const std::uint8_t byte = load_u8(rx, 0);
    rx = rx.subspan(1);
    if (take_byte(byte)) continue;
    stop();
    return fail(Code::protocol, Where::link, byte);
  }
  return {};
}

bool MqttReader::take_byte(std::uint8_t byte) {
  switch (state_) {
    case State::type:
      return take_type(byte);
    case State::length:
      return take_length(byte);
    case State::body:
      return take_body(byte);
    case State::topic_length:
      return take_topic_length(byte);
    case State::topic:
      return take_topic(byte);
    case State::id:
      return take_id(byte);
    default:
      return false;
  }
}

bool MqttReader::take_type(std::uint8_t byte) {
  type_ = static_cast<MqttType>(byte >> 4);
  flags_ = byte & 0x0f;
  next(State::length);
  shift_ = 0;
  left_ = 0;
  if (type_ == MqttType::publish) return qos_of(flags_) <= 2;
  return body_of(type_) >= 0 && flags_ == (type_ == MqttType::pubrel ? kMqttReserved : 0);
}

bool MqttReader::take_length(std::uint8_t byte) {
  left_ |= (byte & 0x7fu) << shift_;
  shift_ += 7;
  if ((byte & 0x80) != 0) return shift_ < kLengthShifts;
  return begin_body();
}

bool MqttReader::begin_body() {
  if (type_ == MqttType::publish) {
    next(State::topic_length);
    topic_bytes_ = 0;
    return left_ >= 2;
  }
  if (left_ != static_cast<std::uint32_t>(body_of(type_))) return false;
  next(left_ > 0 ? State::body : State::type);
  if (left_ == 0) handler_.on_packet(type_, {});
  return true;
}

bool MqttReader::take_body(std::uint8_t byte) {
  body_[taken_++] = std::byte{byte};
  if (taken_ < left_) return true;
  const Bytes body = Bytes(body_).first(taken_);
  next(State::type);
  handler_.on_packet(type_, body);
  return true;
}

bool MqttReader::take_topic_length(std::uint8_t byte) {
  topic_bytes_ = topic_bytes_ << 8 | byte;
  if (++taken_ < 2) return true;
  left_ -= 2;
  const std::size_t id = qos_of(flags_) > 0 ? 2 : 0;
  next(State::topic);
  return topic_bytes_ > 0 && topic_bytes_ + id <= left_;
}

bool MqttReader::take_topic(std::uint8_t byte) {
  if (taken_ < topic_.size()) topic_[taken_] = static_cast<char>(byte);
  if (++taken_ < topic_bytes_) return true;
  left_ -= static_cast<std::uint32_t>(topic_bytes_);
  id_ = 0;
  next(State::id);
  if (qos_of(flags_) == 0) begin_payload();
  return true;
}

bool MqttReader::take_id(std::uint8_t byte) {
  id_ = static_cast<std::uint16_t>(id_ << 8 | byte);
  if (++taken_ < 2) return true;
  left_ -= 2;
  if (id_ == 0) return false;
  begin_payload();
  return true;
}

void MqttReader::begin_payload() {
  next(State::payload);
  handler_.on_message({.topic = {topic_.data(), std::min(topic_bytes_, topic_.size())},
                       .topic_bytes = topic_bytes_,
                       .qos = qos_of(flags_),
                       .retained = (flags_ & kMqttRetained) != 0,
                       .again = (flags_ & kMqttAgain) != 0,
                       .id = id_,
                       .size = left_});
  if (left_ == 0 && state_ != State::stopped) end_payload();
}

void MqttReader::end_payload() {
  next(State::type);
  handler_.on_message_end();
}

void MqttReader::next(State state) {
  state_ = state;
  taken_ = 0;
}

}  // namespace updraft::link
