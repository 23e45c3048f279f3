#include "protocols/mqtt/mqtt_publisher.hpp"

#include <algorithm>
#include <utility>

namespace updraft::link {
namespace {

constexpr std::uint16_t kMessage = 1;  // its packet's id

}  // namespace

MqttPublisher::MqttPublisher(Source& source, const Config& config)
    : source_(source), config_(config) {
  config_.login.keep_alive = kMqttPublishKeepAlive;
}

// What happened.

void MqttPublisher::on_connected(Instant now) {
  since_ = now;
  say_ = Say::connect;
  const std::uint32_t most = most_mqtt_payload(config_.topic);
  if (source_.size() > most) close(fail(Code::too_big, Where::link, source_.size(), most));
}

void MqttPublisher::on_bytes(Bytes rx, Instant) {
  if (state_ == State::closed) return;
  if (const Result<> read = reader_.take(rx); !read) close(read.error());
}

void MqttPublisher::on_lost(Instant) {
  close(fail(Code::aborted, Where::link, sent_, source_.size()));
}

void MqttPublisher::on_waiting(Instant now) {
  if (std::exchange(moved_on_, false)) {
    since_ = now;
    pace_.begin(now);
  }
  if (state_ == State::publishing) pace_.moved(sent_, source_.size(), now);
}

void MqttPublisher::on_deadline(Instant now) {
  const auto due = deadline();
  if (!due || now < *due) return;
  close(fail(Code::timeout, Where::link, sent_, source_.size()));
}

std::optional<Instant> MqttPublisher::deadline() const {
  switch (state_) {
    case State::greeting:
      return since_ + kMqttGreetMs;
    case State::publishing:
      return moved_on_ ? since_ + kPaceMs : pace_.deadline();
    case State::settling:
      return since_ + kMqttSettleMs;
    case State::closed:
      break;
  }
  return std::nullopt;
}

std::size_t MqttPublisher::write_to(MutableBytes tx) {
  switch (std::exchange(say_, Say::nothing)) {
    case Say::connect:
      return state_ == State::closed ? 0 : write_mqtt_connect(tx, config_.login);
    case Say::message:
      return write_mqtt_publish(tx, {.topic = config_.topic,
                                     .qos = config_.qos,
                                     .retained = config_.retained,
                                     .id = kMessage,
                                     .size = static_cast<std::uint32_t>(source_.size())});
    case Say::release:
      return write_mqtt_ack(tx, MqttType::pubrel, kMessage);
    case Say::goodbye:
      return write_mqtt_bare(tx, MqttType::disconnect);
    case Say::nothing:
      break;
  }
  return state_ == State::publishing ? next_part(tx) : 0;
}

// The message.

std::size_t MqttPublisher::next_part(MutableBytes tx) {
  const std::uint64_t left = source_.size() - sent_;
  if (left == 0) {
    state_ = State::settling;
    moved_on_ = true;
    return config_.qos == 0 ? write_mqtt_bare(tx, MqttType::pingreq) : 0;
  }
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(tx.size(), left));
  const std::size_t size = source_.read(tx.first(most));
  if (size == 0) close(fail(Code::size_mismatch, Where::link, sent_, source_.size()));
  sent_ += size;
  return size;
}

// The broker's answers.

void MqttPublisher::on_packet(MqttType type, Bytes body) {
  if (type == MqttType::connack && state_ == State::greeting) return on_connack(load_u8(body, 1));
  const bool all_out = state_ == State::publishing && sent_ == source_.size();
  const bool expected = (state_ == State::settling || all_out) && settles(type, body);
  if (!expected) close(fail(Code::protocol, Where::link));
}

void MqttPublisher::on_connack(std::uint8_t code) {
  if (const Result<> let_in = judge_mqtt_connack(code); !let_in) return close(let_in);
  state_ = State::publishing;
  say_ = Say::message;
  moved_on_ = true;
}

// Whether it is an answer that belongs here; the last one ends it well.
bool MqttPublisher::settles(MqttType type, Bytes body) {
  if (type != MqttType::pingresp && load_be(body) != kMessage) return false;
  if (config_.qos == 2 && type == MqttType::pubrec) {
    say_ = Say::release;
    released_ = true;
    moved_on_ = true;
    return true;
  }
  const bool last = config_.qos == 0   ? type == MqttType::pingresp
                    : config_.qos == 1 ? type == MqttType::puback
                                       : type == MqttType::pubcomp && released_;
  if (last) close({});
  return last;
}

void MqttPublisher::close(const Result<>& outcome) {
  if (state_ == State::closed) return;
  reader_.stop();
  state_ = State::closed;
  outcome_ = outcome;
  say_ = outcome ? Say::goodbye : Say::nothing;
}

}  // namespace updraft::link
