// A subscriber that installs what is published, the device's end: the twin of
// protocols/mqtt/SPEC.md section 5. One connection to a broker; whoever drives it connects again
// when it is over.
//
//   state        what happens                                       left by
//   greeting     CONNECT is out, clean session                      CONNACK; 10 s
//   subscribing  SUBSCRIBE is out, for QoS 2: messages come as      SUBACK; 10 s
//                they were published
//   subscribed   messages come; the connection is kept alive        an update is installed; the
//                                                                   broker or the line goes
//   closed       outcome() tells: ok only if an update is installed
//
// A payload is the bytes of one message, or of several in a row: publishers may cut a file. One
// that comes in one message and holds a whole ESP image is over with that message; any other is
// over after 5 s without a byte. A retained message begins anew, whatever came before. After a
// refusal, messages whose first bytes are the start of nothing are the rest of what was refused,
// until 5 s are over.
//
// Nothing of a message is kept: while the engine writes, nothing is read, and the broker waits. A
// message without a payload is how a retained one is cleared, and means nothing. What runs already
// is taken and changes nothing, so a retained message that comes back is no loop.
//
// Errors, besides those of payload_stream.hpp: auth_failed (the broker refuses the login, or the
// topic), busy (the broker, or, of a retained message, this device: it comes again with the next
// connection), protocol, timeout (no answer, or a message that stopped coming), aborted.
//
// RAM: less than 1 KiB.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/intake.hpp"
#include "updraft/link.hpp"

#include "engine/core/ring.hpp"
#include "protocols/link/payload_stream.hpp"
#include "protocols/mqtt/mqtt_packets.hpp"
#include "protocols/mqtt/mqtt_reader.hpp"

namespace updraft::link {

inline constexpr Millis kMqttAnswerMs{10'000};  // for CONNACK, SUBACK and PINGRESP
inline constexpr Millis kMqttPingMs{30'000};    // of our silence: half of kMqttKeepAlive
inline constexpr Millis kMqttSilenceMs{5'000};  // ends a payload, as in the original
inline constexpr Millis kMqttStallMs{30'000};   // within a message; a broker that is alive goes on
inline constexpr std::size_t kMqttAcks = 16;    // kept for a broker that does not read
inline constexpr std::size_t kMqttInFlight =
    32;  // messages of QoS 2 whose release is still to come

class MqttDevice final : public Link, private MqttReader::Handler {
 public:
  // Hears that messages can come from now on.
  class Watcher {
   public:
    virtual void on_subscribed() = 0;

   protected:
    ~Watcher() = default;
  };
  struct Config {
    MqttLogin login;
    std::string_view topic;                // is_mqtt_topic()
    std::uint64_t slot_size = 0;           // bytes that the update slot holds
    StreamDecryptor* decryptor = nullptr;  // nullptr: payloads are plain
    Watcher* watcher = nullptr;            // nullptr: nobody
  };
  // The engine, and all that the configuration points to, outlive it.
  MqttDevice(Intake& engine, const Config& config);

  void on_connected(Instant now) override;
  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return state_ == State::closed ? Phase::closed : Phase::open; }
  bool proven() const override { return state_ == State::subscribed; }
  Result<> outcome() const override { return outcome_; }

  bool was_subscribed() const { return was_subscribed_; }  // messages have come in, or could have

 private:
  enum class State : std::uint8_t { greeting, subscribing, subscribed, closed };
  enum class Say : std::uint8_t { nothing, connect, subscribe, ping };
  struct Ack {
    MqttType type;
    std::uint16_t id;
  };

  void on_message(const Head& head) override;
  void on_payload(Bytes part) override;
  void on_message_end() override;
  void on_packet(MqttType type, Bytes body) override;

  bool takes(const Head& head);
  void begin(const Head& head);
  void finish(PayloadEnd how);
  void refused(const Error& why);
  void acknowledge();
  void put(MqttType type, std::uint16_t id);
  void on_connack(Bytes body);
  void on_suback(Bytes body);
  bool in_flight(std::uint16_t id) const;
  bool keep(std::uint16_t id);
  void release(std::uint16_t id);
  void close(const Result<>& outcome);
  std::optional<Instant> payload_deadline() const;
  std::optional<Instant> line_deadline() const;

  Intake& engine_;
  Config config_;
  PayloadStream stream_;
  MqttReader reader_{*this};
  State state_ = State::greeting;
  Result<> outcome_;
  bool was_subscribed_ = false;
  Say say_ = Say::nothing;
  bool says_goodbye_ = false;
  Ring<Ack, kMqttAcks> acks_;
  std::array<std::uint16_t, kMqttInFlight> in_flight_{};  // 0: a free place

  Head head_{};            // of the message that comes now
  bool taking_ = false;    // its payload is ours
  unsigned messages_ = 0;  // that the payload has come in so far
  bool refusing_ = false;  // a payload was refused, and more of it may come

  std::optional<Instant> waiting_since_;  // nothing came since
  Instant since_{};                       // of what an answer is waited for
  bool said_ = false, pinged_ = false;
  Instant said_at_{};  // when we last said something
};

}  // namespace updraft::link
