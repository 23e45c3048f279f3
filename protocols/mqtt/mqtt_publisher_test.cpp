#include "protocols/mqtt/mqtt_publisher.hpp"

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/mqtt/mqtt_samples.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::operator+;
using samples::Wire;

class Bench {
 public:
  explicit Bench(unsigned qos, bool retained = false, std::size_t size = 1000)
      : file(size, std::byte{0x42}) {
    publisher.emplace(source.emplace(file),
                      MqttPublisher::Config{.login = {.client = "c"},
                                            .topic = "ota",
                                            .qos = static_cast<std::uint8_t>(qos),
                                            .retained = retained});
    publisher->on_connected(now);
    listen();
  }
  void hear(Bytes bytes) {
    publisher->on_bytes(bytes, now);
    listen();
  }
  void wait(Millis time) {
    const Instant until = now + time;
    while (publisher->deadline() && *publisher->deadline() <= until) {
      now = std::max(now, *publisher->deadline());
      publisher->on_deadline(now);
      listen();
    }
    now = until;
  }
  std::string ended() const {
    if (publisher->phase() != Phase::closed) return "open";
    return word(publisher->outcome());
  }

  Wire file;
  std::optional<MemorySource> source;
  std::optional<MqttPublisher> publisher;
  Instant now{7h};
  Wire said;

 private:
  void listen() {
    std::array<std::byte, 300> room;
    while (const std::size_t size = publisher->write_to(room)) {
      said.insert(said.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
    }
    if (publisher->phase() != Phase::closed) publisher->on_waiting(now);
  }
};

const Wire kConnect = samples::wire({0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 2, 88, 0, 1, 'c'});
const Wire kGoodbye = samples::wire({0xe0, 0});

TEST(MqttPublisher, SaysNothingBeforeItIsGreeted) {
  Bench bench(1);
  EXPECT_EQ(bench.said, kConnect);
  EXPECT_EQ(bench.ended(), "open");
}

TEST(MqttPublisher, IsDoneWhenTheBrokerHasIt) {
  Bench qos0(0);
  qos0.hear(samples::connack());
  EXPECT_EQ(qos0.said, kConnect + samples::publish(qos0.file) + samples::wire({0xc0, 0}));
  EXPECT_EQ(qos0.ended(), "open") << "what was written may be lost yet";
  qos0.hear(samples::pingresp());
  EXPECT_EQ(qos0.ended(), "ok");

  Bench qos1(1, true);
  qos1.hear(samples::connack());
  EXPECT_EQ(qos1.said,
            kConnect + samples::publish(qos1.file, {.qos = 1, .retained = true, .id = 1}));
  qos1.hear(samples::ack(0x40, 1));
  EXPECT_EQ(qos1.ended(), "ok");
  EXPECT_EQ(qos1.publisher->sent(), 1000u);

  Bench qos2(2);
  qos2.hear(samples::connack());
  const Wire message = kConnect + samples::publish(qos2.file, {.qos = 2, .id = 1});
  qos2.hear(samples::ack(0x50, 1));
  EXPECT_EQ(qos2.said, message + samples::ack(0x62, 1));
  EXPECT_EQ(qos2.ended(), "open");
  qos2.hear(samples::ack(0x70, 1));
  EXPECT_EQ(qos2.ended(), "ok");
  EXPECT_EQ(qos2.said, message + samples::ack(0x62, 1) + kGoodbye);
}

struct Answer {
  const char* name;
  unsigned qos;
  Wire bytes;
  const char* ends;
};
void PrintTo(const Answer& row, std::ostream* out) { *out << row.name; }
class MqttPublisherHears : public testing::TestWithParam<Answer> {};

TEST_P(MqttPublisherHears, AnotherAnswerAndEnds) {
  Bench bench(GetParam().qos);
  bench.hear(GetParam().bytes);
  EXPECT_EQ(bench.ended(), GetParam().ends);
}

const Answer kAnswers[] = {
    {"bad_login", 1, samples::connack(4), "auth_failed"},
    {"unavailable", 1, samples::connack(3), "busy"},
    {"nonsense", 1, samples::wire("SSH-2.0-OpenSSH\r\n"), "protocol"},
    {"another_id", 1, samples::connack() + samples::ack(0x40, 2), "protocol"},
    {"of_another_qos", 1, samples::connack() + samples::ack(0x50, 1), "protocol"},
    {"complete_before_received", 2, samples::connack() + samples::ack(0x70, 1), "protocol"},
    {"a_message", 1, samples::connack() + samples::publish(samples::wire("x")), "protocol"},
    {"greeted_twice", 1, samples::connack() + samples::connack(), "protocol"},
};
INSTANTIATE_TEST_SUITE_P(Rows, MqttPublisherHears, testing::ValuesIn(kAnswers),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(MqttPublisher, ABrokerThatClosesOrFallsSilentIsAnError) {
  Bench lost(1);
  lost.hear(samples::connack());
  lost.publisher->on_lost(lost.now);
  EXPECT_EQ(lost.ended(), "aborted");
  EXPECT_EQ(lost.publisher->outcome().error().found, 1000u);
  Bench deaf(1);
  deaf.wait(10s);
  EXPECT_EQ(deaf.ended(), "timeout");
  Bench silent(1);
  silent.hear(samples::connack());
  silent.wait(59s);
  EXPECT_EQ(silent.ended(), "open");
  silent.wait(1s);
  EXPECT_EQ(silent.ended(), "timeout");
  EXPECT_EQ(silent.publisher->deadline(), std::nullopt);
}

class Sized final : public Source {
 public:
  explicit Sized(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  std::size_t read(MutableBytes) override { return 0; }

 private:
  std::uint64_t size_;
};

TEST(MqttPublisher, KeepsToWhatAPacketCanCarry) {
  const std::uint32_t most = most_mqtt_payload("ota");
  Sized fits(most), larger(std::uint64_t{most} + 1), huge(std::uint64_t{1} << 33);
  const auto connect = [](Sized& source) {
    MqttPublisher publisher(source, {.login = {.client = "c"}, .topic = "ota"});
    publisher.on_connected({});
    return publisher.outcome();
  };
  EXPECT_TRUE(connect(fits));
  EXPECT_EQ(connect(larger).error().code, Code::too_big);
  EXPECT_EQ(connect(huge).error().expected, most);
}

TEST(MqttPublisher, ASourceThatEndsEarlyIsToldOf) {
  Sized source(1000);
  MqttPublisher publisher(source, {.login = {.client = "c"}, .topic = "ota"});
  publisher.on_connected({});
  std::array<std::byte, kLeastRoom> room;
  (void)publisher.write_to(room);
  publisher.on_bytes(samples::connack(), {});
  while (publisher.write_to(room) > 0) {
  }
  EXPECT_EQ(publisher.outcome().error().code, Code::size_mismatch);
}

}  // namespace
}  // namespace updraft::link
