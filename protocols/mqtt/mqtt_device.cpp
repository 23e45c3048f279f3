#include "protocols/mqtt/mqtt_device.hpp"

#include <algorithm>
#include <utility>

#include "updraft/policy.hpp"

namespace updraft::link {
namespace {

constexpr std::uint16_t kSubscription = 1;  // its packet's id
constexpr std::uint8_t kRefusedTopic = 0x80;

}  // namespace

MqttDevice::MqttDevice(Intake& engine, const Config& config)
    : engine_(engine),
      config_(config),
      stream_(engine,
              {.scheme = kMqtt, .slot_size = config.slot_size, .decryptor = config.decryptor}) {}

// What happened.

void MqttDevice::on_connected(Instant now) {
  since_ = said_at_ = now;
  say_ = Say::connect;
}

void MqttDevice::on_bytes(Bytes rx, Instant) {
  if (state_ == State::closed) return;
  waiting_since_.reset();
  pinged_ = false;  // whatever comes shows that somebody is there
  if (const Result<> read = reader_.take(rx); !read) close(read.error());
}

void MqttDevice::on_lost(Instant) { close(fail(Code::aborted, Where::link, stream_.received())); }

void MqttDevice::on_waiting(Instant now) {
  if (!waiting_since_) waiting_since_ = now;
  if (said_) said_at_ = now;
  said_ = false;
}

void MqttDevice::on_deadline(Instant now) {
  const auto due = [now](std::optional<Instant> at) { return at && *at <= now; };
  if (state_ == State::closed) return;
  if (due(payload_deadline())) {
    if (reader_.in_message() && taking_)
      return close(fail(Code::timeout, Where::link, stream_.received()));
    refusing_ = false;
    if (stream_.open()) finish(PayloadEnd::silence);
  }
  if (state_ == State::closed || !due(line_deadline())) return;
  if (state_ != State::subscribed || pinged_) return close(fail(Code::timeout, Where::link));
  say_ = Say::ping;
  pinged_ = true;
  since_ = now;
}

std::optional<Instant> MqttDevice::deadline() const {
  const auto payload = payload_deadline(), line = line_deadline();
  return payload && line ? std::min(*payload, *line) : payload ? payload : line;
}

// A payload that is over when nothing more comes; a message that must not stop.
std::optional<Instant> MqttDevice::payload_deadline() const {
  if (state_ != State::subscribed || !waiting_since_) return std::nullopt;
  if (reader_.in_message()) {
    return taking_ ? std::optional(*waiting_since_ + kMqttStallMs) : std::nullopt;
  }
  if (!stream_.open() && !refusing_) return std::nullopt;
  return *waiting_since_ + kMqttSilenceMs;
}

std::optional<Instant> MqttDevice::line_deadline() const {
  if (state_ == State::closed) return std::nullopt;
  if (state_ != State::subscribed) return since_ + kMqttAnswerMs;
  if (pinged_) return std::max(since_, waiting_since_.value_or(since_)) + kMqttAnswerMs;
  return said_at_ + kMqttPingMs;
}

std::size_t MqttDevice::write_to(MutableBytes tx) {
  std::size_t size = 0;
  const Say say = std::exchange(say_, Say::nothing);
  if (state_ == State::closed) {
    if (!std::exchange(says_goodbye_, false)) return 0;
    if (acks_.empty()) return write_mqtt_bare(tx, MqttType::disconnect);
    says_goodbye_ = true;
  }
  if (say == Say::connect) size = write_mqtt_connect(tx, config_.login);
  if (say == Say::subscribe) size = write_mqtt_subscribe(tx, kSubscription, config_.topic);
  if (say == Say::ping) size = write_mqtt_bare(tx, MqttType::pingreq);
  if (say == Say::nothing && !acks_.empty()) {
    size = write_mqtt_ack(tx, acks_.front().type, acks_.front().id);
    acks_.pop();
  }
  said_ = said_ || size > 0;
  return size;
}

// Messages.

void MqttDevice::on_message(const Head& head) {
  head_ = head;
  if (state_ != State::subscribed) return close(fail(Code::protocol, Where::link));
  taking_ = takes(head);
  if (head.qos == 2 && !in_flight(head.id) && !keep(head.id)) {
    return close(fail(Code::protocol, Where::link));  // more than anybody may have in flight
  }
  if (taking_) begin(head);
}

// One that came already, of QoS 2, is only to be acknowledged.
bool MqttDevice::takes(const Head& head) {
  const bool ours = head.topic_bytes == config_.topic.size() && head.topic == config_.topic;
  return ours && head.size > 0 && !(head.qos == 2 && in_flight(head.id));
}

void MqttDevice::begin(const Head& head) {
  if (stream_.open() && head.retained) {
    stream_.abort({Code::aborted, Where::link, stream_.received()});
  }
  if (stream_.open()) {
    ++messages_;
    return;
  }
  messages_ = 1;
  if (head.size > stream_.limit()) {
    const Error why{Code::too_big, Where::link, head.size, stream_.limit()};
    engine_.never_began(kMqtt, why);
    return refused(why);
  }
  // A size is of the message, and not of a file that was cut.
  const bool doubtful = refusing_ && !head.retained;
  const PayloadStream::IsStart is_start = [](Bytes first) { return makes_sense(first); };
  (void)stream_.begin(0, doubtful ? is_start : nullptr);
}

void MqttDevice::on_payload(Bytes part) {
  if (!taking_) return;
  if (const Result<> written = stream_.write(part); !written) refused(written.error());
}

void MqttDevice::on_message_end() {
  const bool whole = taking_ && messages_ == 1 && stream_.holds_image();
  taking_ = false;
  if (whole) finish(PayloadEnd::told);
  acknowledge();
}

void MqttDevice::finish(PayloadEnd how) {
  if (how == PayloadEnd::silence && !stream_.has_head()) {
    return stream_.abort({Code::timeout, Where::link, stream_.received()});
  }
  const Result<Taken> taken = stream_.finish(how);
  if (!taken) return refused(taken.error());
  refusing_ = false;
  if (*taken != Taken::installed) return;
  close({});
}

// The rest of the message is read and dropped. A retained one comes again with the next connection,
// and then may find a device that takes it.
void MqttDevice::refused(const Error& why) {
  taking_ = false;
  refusing_ = true;
  const bool later =
      why.code == Code::busy || why.code == Code::pending_confirm || why.code == Code::rescue_first;
  if (later && head_.retained) close(fail(Code::busy, Where::device));
}

// Other packets.

void MqttDevice::on_packet(MqttType type, Bytes body) {
  switch (type) {
    case MqttType::connack:
      return on_connack(body);
    case MqttType::suback:
      return on_suback(body);
    case MqttType::pubrel: {
      const auto id = static_cast<std::uint16_t>(load_be(body));
      release(id);
      return put(MqttType::pubcomp, id);
    }
    case MqttType::pingresp:
      return;
    default:
      return close(fail(Code::protocol, Where::link));  // the answer to what we never say
  }
}

void MqttDevice::on_connack(Bytes body) {
  if (state_ != State::greeting) return close(fail(Code::protocol, Where::link));
  if (const Result<> let_in = judge_mqtt_connack(load_u8(body, 1)); !let_in) return close(let_in);
  state_ = State::subscribing;
  say_ = Say::subscribe;
}

void MqttDevice::on_suback(Bytes body) {
  const bool expected = state_ == State::subscribing && load_be(body.first(2)) == kSubscription;
  if (!expected) return close(fail(Code::protocol, Where::link));
  if (load_u8(body, 2) >= kRefusedTopic)
    return close(fail(Code::auth_failed, Where::link, kRefusedTopic));
  state_ = State::subscribed;
  was_subscribed_ = true;
  if (config_.watcher != nullptr) config_.watcher->on_subscribed();
}

// A message is acknowledged at its end, when the engine has what was in it.
void MqttDevice::acknowledge() {
  if (head_.qos == 1) put(MqttType::puback, head_.id);
  if (head_.qos == 2) put(MqttType::pubrec, head_.id);
}

void MqttDevice::put(MqttType type, std::uint16_t id) {
  if (acks_.full()) return close(fail(Code::protocol, Where::link));
  acks_.push({type, id});
}

bool MqttDevice::in_flight(std::uint16_t id) const {
  return std::ranges::find(in_flight_, id) != in_flight_.end();
}

bool MqttDevice::keep(std::uint16_t id) {
  const auto place = std::ranges::find(in_flight_, std::uint16_t{0});
  if (place == in_flight_.end()) return false;
  *place = id;
  return true;
}

void MqttDevice::release(std::uint16_t id) {
  std::ranges::replace(in_flight_, id, std::uint16_t{0});
}

void MqttDevice::close(const Result<>& outcome) {
  if (state_ == State::closed) return;
  reader_.stop();
  if (!outcome) stream_.abort(outcome.error());
  says_goodbye_ = was_subscribed_ && outcome.has_value();
  outcome_ = outcome;
  state_ = State::closed;
}

}  // namespace updraft::link
