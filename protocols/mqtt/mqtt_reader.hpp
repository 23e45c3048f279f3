// What a broker sends, read as it arrives: a message of any size passes through in pieces, and no
// more of it is kept than its topic. MQTT 3.1.1, sections 2 and 3.
//
// Checked by the head of each packet, before anything waits for its body: the type is one that a
// broker sends, its flags are those of the standard, its length fits its kind. After an error
// nothing more is read.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

#include "protocols/mqtt/mqtt_packets.hpp"

namespace updraft::link {

class MqttReader {
 public:
  static constexpr std::size_t kBodyBytes = 3;  // of the packets that are no message: suback's

  // Hears what was read, in order.
  class Handler {
   public:
    // A message begins. Its topic is cut to kMqttTopicBytes; `topic_bytes` is its whole length.
    struct Head {
      std::string_view topic;
      std::size_t topic_bytes;
      std::uint8_t qos;
      bool retained;
      bool again;          // it may have been sent before
      std::uint16_t id;    // of qos 1 and 2
      std::uint32_t size;  // bytes of its payload
    };
    virtual void on_message(const Head& head) = 0;
    virtual void on_payload(Bytes part) = 0;  // never empty
    virtual void on_message_end() = 0;
    virtual void on_packet(MqttType type, Bytes body) = 0;  // any other

   protected:
    ~Handler() = default;
  };

  explicit MqttReader(Handler& handler) : handler_(handler) {}

  // Takes all of it. The handler may call stop(): then nothing more is read. Error: protocol, once.
  Result<> take(Bytes rx);
  void stop() { state_ = State::stopped; }
  bool in_message() const { return state_ == State::payload; }

 private:
  enum class State : std::uint8_t { type, length, body, topic_length, topic, id, payload, stopped };

  bool take_byte(std::uint8_t byte);  // false: it breaks the rules
  bool take_type(std::uint8_t byte);
  bool take_length(std::uint8_t byte);
  bool begin_body();
  bool take_body(std::uint8_t byte);
  bool take_topic_length(std::uint8_t byte);
  bool take_topic(std::uint8_t byte);
  bool take_id(std::uint8_t byte);
  void begin_payload();
  void end_payload();
  void next(State state);

  Handler& handler_;
  State state_ = State::type;
  MqttType type_ = MqttType::connack;
  std::uint8_t flags_ = 0;
  unsigned shift_ = 0;      // of the next digit of the length
  std::uint32_t left_ = 0;  // bytes of the packet that are still to come
  std::size_t taken_ = 0;   // bytes of the part that is read now
  std::size_t topic_bytes_ = 0;
  std::uint16_t id_ = 0;
  std::array<std::byte, kBodyBytes> body_{};
  std::array<char, kMqttTopicBytes> topic_{};
};

}  // namespace updraft::link
