// Publishes a file as one message, the host's end: the twin of protocols/mqtt/SPEC.md section 5.
//
//   state       what happens                                    left by
//   greeting    CONNECT is out                                  CONNACK; 10 s
//   publishing  the message goes out, as fast as it is taken    its last byte
//   settling    the broker has it all                           PUBACK (QoS 1); PUBREC, PUBREL and
//                                                               PUBCOMP (QoS 2); PINGRESP (QoS 0:
//                                                               what went before was read); 60 s
//   closed      outcome() tells
//
// Errors:
//   auth_failed    the broker refuses the login; `found`: its code
//   too_big        more than a packet of MQTT can carry: `expected` bytes
//   busy           the broker is not available
//   aborted        it closed the connection: `found` of `expected` bytes had gone. So brokers
//   answer to
//                  a message above their limit, or to a topic that is not allowed
//   protocol, timeout
//   size_mismatch  the source ended before its size
#pragma once
#include <cstdint>
#include <optional>

#include "updraft/link.hpp"

#include "protocols/link/pace.hpp"
#include "protocols/link/source.hpp"
#include "protocols/mqtt/mqtt_packets.hpp"
#include "protocols/mqtt/mqtt_reader.hpp"

namespace updraft::link {

inline constexpr Millis kMqttGreetMs{10'000};   // for CONNACK
inline constexpr Millis kMqttSettleMs{60'000};  // for each answer to the message
// Within a message nothing else can be said, so a slow line must not look dead to the broker.
inline constexpr std::uint16_t kMqttPublishKeepAlive = 600;  // seconds

class MqttPublisher final : public Link, private MqttReader::Handler {
 public:
  struct Config {
    MqttLogin login;
    std::string_view topic;  // is_mqtt_topic()
    std::uint8_t qos = 1;
    bool retained = false;
  };
  // The source, whose size is known, and the texts outlive it.
  MqttPublisher(Source& source, const Config& config);

  void on_connected(Instant now) override;
  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return state_ == State::closed ? Phase::closed : Phase::open; }
  bool proven() const override { return true; }
  Result<> outcome() const override { return outcome_; }

  std::uint64_t sent() const { return sent_; }  // bytes of the payload
  std::uint64_t total() const { return source_.size(); }

 private:
  enum class State : std::uint8_t { greeting, publishing, settling, closed };
  enum class Say : std::uint8_t { nothing, connect, message, release, goodbye };

  void on_message(const Head&) override { close(fail(Code::protocol, Where::link)); }
  void on_payload(Bytes) override {}
  void on_message_end() override {}
  void on_packet(MqttType type, Bytes body) override;

  void on_connack(std::uint8_t code);
  bool settles(MqttType type, Bytes body);
  std::size_t next_part(MutableBytes tx);
  void close(const Result<>& outcome);

  Source& source_;
  Config config_;
  MqttReader reader_{*this};
  State state_ = State::greeting;
  Result<> outcome_;
  Say say_ = Say::nothing;
  bool released_ = false;
  std::uint64_t sent_ = 0;
  Instant since_{};
  bool moved_on_ = false;  // to a state that began with the next look at the clock
  Pace pace_;
};

}  // namespace updraft::link
