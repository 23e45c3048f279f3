#include "protocols/mqtt/mqtt_reader.hpp"

#include <gtest/gtest.h>

#include "protocols/mqtt/mqtt_samples.hpp"

namespace updraft::link {
namespace {

using samples::operator+;
using samples::Wire;

// Writes down what it hears.
class Heard final : public MqttReader::Handler {
 public:
  std::string calls;
  Wire payload;
  MqttReader* stops_at_head = nullptr;

  void on_message(const Head& head) override {
    calls += "message " + std::string(head.topic) + " of " + std::to_string(head.topic_bytes) +
             " qos" + std::to_string(head.qos) + (head.retained ? " retained" : "") +
             (head.again ? " again" : "") + " id" + std::to_string(head.id) + " " +
             std::to_string(head.size) + "; ";
    if (stops_at_head != nullptr) stops_at_head->stop();
  }
  void on_payload(Bytes part) override {
    EXPECT_FALSE(part.empty());
    payload.insert(payload.end(), part.begin(), part.end());
  }
  void on_message_end() override { calls += "end; "; }
  void on_packet(MqttType type, Bytes body) override {
    calls += std::to_string(static_cast<int>(type)) + ":";
    for (const std::byte byte : body) calls += " " + std::to_string(std::to_integer<int>(byte));
    calls += "; ";
  }
};

const Wire kPayload = samples::wire("firmware, so to say");
const Wire kSession = samples::connack() + samples::suback() +
                      samples::publish(kPayload, {.qos = 0, .retained = true}) +
                      samples::publish(kPayload, {.qos = 1, .id = 300}) + samples::pingresp() +
                      samples::publish({}, {.topic = "other", .qos = 2, .again = true}) +
                      samples::ack(0x62, 7) + samples::ack(0x40, 1) + samples::ack(0x50, 1) +
                      samples::ack(0x70, 1) + samples::ack(0xb0, 1);
const std::string kCalls =
    "2: 0 0; 9: 0 1 2; message ota of 3 qos0 retained id0 19; end; message ota of 3 qos1 id300 19; "
    "end; 13:; "
    "message other of 5 qos2 again id7 0; end; 6: 0 7; 4: 0 1; 5: 0 1; 7: 0 1; 11: 0 1; ";

TEST(MqttReader, HearsTheSameInPiecesOfAnySize) {
  for (std::size_t chunk = 1; chunk <= kSession.size(); ++chunk) {
    Heard heard;
    MqttReader reader(heard);
    for (Bytes rest = kSession; !rest.empty(); rest = rest.subspan(at_most(rest, chunk).size())) {
      ASSERT_TRUE(reader.take(at_most(rest, chunk)));
    }
    ASSERT_EQ(heard.calls, kCalls) << chunk;
    ASSERT_EQ(heard.payload, kPayload + kPayload);
    ASSERT_FALSE(reader.in_message());
  }
}

TEST(MqttReader, AMessageOfTheLargestSizePassesThrough) {
  Heard heard;
  MqttReader reader(heard);
  ASSERT_TRUE(reader.take(samples::wire({0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 't'})));
  EXPECT_EQ(heard.calls, "message t of 1 qos0 id0 268435452; ");
  EXPECT_TRUE(reader.in_message());
}

TEST(MqttReader, ATopicIsCutAndItsLengthKept) {
  Heard heard;
  MqttReader reader(heard);
  const std::string topic(1000, 't');
  ASSERT_TRUE(reader.take(samples::publish(kPayload, {.topic = topic})));
  EXPECT_TRUE(heard.calls.starts_with("message " + topic.substr(0, kMqttTopicBytes) + " of 1000 "))
      << heard.calls;
  EXPECT_EQ(heard.payload, kPayload);
}

struct Bad {
  const char* name;
  Wire bytes;
};
void PrintTo(const Bad& row, std::ostream* out) { *out << row.name; }
class MqttReaderRefuses : public testing::TestWithParam<Bad> {};

TEST_P(MqttReaderRefuses, AtItsLastByteAndForGood) {
  Heard heard;
  MqttReader reader(heard);
  const Bytes bytes = GetParam().bytes;
  ASSERT_TRUE(reader.take(bytes.first(bytes.size() - 1)));
  const Result<> taken = reader.take(bytes.last(1));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Code::protocol);
  EXPECT_TRUE(reader.take(samples::connack())) << "nothing more is read";
  EXPECT_EQ(heard.calls, "");
}

const Bad kBad[] = {
    {"type_0", samples::wire({0x00})},
    {"type_15", samples::wire({0xf0})},
    {"connect", samples::wire({0x10})},
    {"subscribe", samples::wire({0x82})},
    {"pingreq", samples::wire({0xc0})},
    {"disconnect", samples::wire({0xe0})},
    {"flags_of_connack", samples::wire({0x21})},
    {"flags_of_pubrel", samples::wire({0x60})},
    {"qos_3", samples::wire({0x36})},
    {"length_of_five_digits", samples::wire({0x30, 0xff, 0xff, 0xff, 0xff})},
    {"long_connack", samples::wire({0x20, 3})},
    {"short_suback", samples::wire({0x90, 2})},
    {"pingresp_with_a_body", samples::wire({0xd0, 1})},
    {"huge_suback", samples::wire({0x90, 0xff, 0xff, 0xff, 0x7f})},
    {"message_without_a_topic", samples::wire({0x30, 1})},
    {"empty_topic", samples::wire({0x30, 5, 0, 0})},
    {"topic_longer_than_the_packet", samples::wire({0x30, 5, 0, 4})},
    {"no_room_for_the_id", samples::wire({0x32, 6, 0, 3})},
    {"id_0", samples::wire({0x32, 7, 0, 3, 'o', 't', 'a', 0, 0})},
};
INSTANTIATE_TEST_SUITE_P(Rows, MqttReaderRefuses, testing::ValuesIn(kBad),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(MqttReader, StopsWithinAPieceWhenItIsTold) {
  Heard heard;
  MqttReader reader(heard);
  heard.stops_at_head = &reader;
  EXPECT_TRUE(reader.take(samples::publish(kPayload) + samples::publish(kPayload)));
  EXPECT_EQ(heard.calls, "message ota of 3 qos0 id0 19; ");
  EXPECT_TRUE(heard.payload.empty());
}

}  // namespace
}  // namespace updraft::link
