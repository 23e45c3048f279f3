// A subscriber beside a broker that the test plays: what the engine is told, and what the device
// says.
#include "protocols/mqtt/mqtt_device.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/mqtt/mqtt_samples.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/raw_samples.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::operator+;
using samples::Published;
using samples::Sealing;
using samples::Wire;

constexpr std::uint64_t kSlot = 1 << 20;

// An ESP image as far as its extent goes: two segments, a checksum, a hash.
Wire image(std::size_t size = 20'000) {
  Wire bytes = samples::image(size);
  const std::size_t segments = size - 24 - 2 * 8 - 16 - 32;
  constexpr std::uint8_t kHead[] = {0xE9, 2, 2, 0x2f, 0, 0, 0x38, 0x40, 0xee, 0, 0, 0, 5, 0, 0, 0};
  std::ranges::transform(kHead, bytes.begin(), [](std::uint8_t byte) { return std::byte{byte}; });
  bytes[23] = std::byte{1};
  store_le32(bytes, 24 + 4, 1000);
  store_le32(bytes, 24 + 8 + 1000 + 4, static_cast<std::uint32_t>(segments - 1000));
  return bytes;
}

class Bench : private MqttDevice::Watcher {
 public:
  explicit Bench(Sealing sealing = Sealing::plain) : cipher(samples::cipher(sealing)) {
    if (cipher) decryptor.emplace(*cipher);
    connect();
  }
  void connect() {
    said.clear();
    device.emplace(intake, MqttDevice::Config{.login = {.client = "c"},
                                              .topic = "ota",
                                              .slot_size = kSlot,
                                              .decryptor = decryptor ? &*decryptor : nullptr,
                                              .watcher = this});
    device->on_connected(now);
    listen();
  }
  void subscribe() {
    hear(samples::connack());
    hear(samples::suback());
    ASSERT_TRUE(device->was_subscribed());
    said.clear();
  }
  void hear(Bytes bytes, std::size_t chunk = SIZE_MAX) {
    while (!bytes.empty() && !closed()) {
      const Bytes part = at_most(bytes, chunk);
      bytes = bytes.subspan(part.size());
      device->on_bytes(part, now);
      now += flash_time;
      listen();
    }
  }
  void publish(const Wire& plain, const Published& how = {}, std::size_t chunk = SIZE_MAX) {
    hear(samples::publish(samples::sealed(plain, cipher), how), chunk);
  }
  void wait(Millis time) {
    const Instant until = now + time;
    while (!closed() && device->deadline() && *device->deadline() <= until) {
      now = std::max(now, *device->deadline());
      device->on_deadline(now);
      listen();
    }
    now = until;
  }
  bool closed() const { return device->phase() == Phase::closed; }
  std::string ended() const {
    if (!closed()) return "open";
    return word(device->outcome());
  }

  std::optional<LinkCipher> cipher;
  std::optional<LinkDecryptor> decryptor;
  fakes::FakeIntake intake;
  std::optional<MqttDevice> device;
  Instant now{7h};
  Millis flash_time{0};
  Wire said;
  int subscriptions = 0;
  bool reads = true;

 private:
  void on_subscribed() override { ++subscriptions; }
  void listen() {
    std::array<std::byte, kLeastRoom> room;
    while (const std::size_t size = reads ? device->write_to(room) : 0) {
      said.insert(said.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
    }
    if (!closed()) device->on_waiting(now);
  }
};

const Wire kConnect = samples::wire({0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 1, 'c'});
const Wire kSubscribe = samples::wire({0x82, 8, 0, 1, 0, 3, 'o', 't', 'a', 2});
const Wire kGoodbye = samples::wire({0xe0, 0});
const Wire kPing = samples::wire({0xc0, 0});

TEST(MqttDevice, ConnectsAndSubscribes) {
  Bench bench;
  EXPECT_EQ(bench.said, kConnect);
  bench.hear(samples::connack());
  EXPECT_EQ(bench.said, kConnect + kSubscribe);
  EXPECT_FALSE(bench.device->proven());
  bench.hear(samples::suback(0));
  EXPECT_EQ(bench.subscriptions, 1) << "a broker may grant less";
  EXPECT_TRUE(bench.device->proven());
}

struct Answer {
  const char* name;
  Wire bytes;
  const char* ends;
};
void PrintTo(const Answer& row, std::ostream* out) { *out << row.name; }
class MqttAnswers : public testing::TestWithParam<Answer> {};

TEST_P(MqttAnswers, EndTheConnection) {
  Bench bench;
  bench.hear(GetParam().bytes);
  EXPECT_EQ(bench.ended(), GetParam().ends);
  EXPECT_EQ(bench.intake.calls + bench.intake.reports, "");
  EXPECT_EQ(bench.device->deadline(), std::nullopt);
}

const Answer kAnswers[] = {
    {"bad_login", samples::connack(4), "auth_failed"},
    {"not_authorized", samples::connack(5), "auth_failed"},
    {"unavailable", samples::connack(3), "busy"},
    {"another_version", samples::connack(1), "protocol"},
    {"greeted_twice", samples::connack() + samples::connack(), "protocol"},
    {"topic_refused", samples::connack() + samples::suback(0x80), "auth_failed"},
    {"another_subscription", samples::connack() + samples::wire({0x90, 3, 0, 2, 0}), "protocol"},
    {"subscribed_before_greeted", samples::suback(), "protocol"},
    {"message_before_subscribed", samples::connack() + samples::publish(samples::wire("x")),
     "protocol"},
    {"an_answer_to_nothing", samples::connack() + samples::suback() + samples::ack(0x40, 1),
     "protocol"},
    {"web_server", samples::wire("HTTP/1.1 400 Bad Request\r\n"), "protocol"},
};
INSTANTIATE_TEST_SUITE_P(Rows, MqttAnswers, testing::ValuesIn(kAnswers),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(MqttDevice, ABrokerThatDoesNotAnswerIsGivenUp) {
  Bench bench;
  bench.wait(9'999ms);
  EXPECT_EQ(bench.ended(), "open");
  bench.wait(1ms);
  EXPECT_EQ(bench.ended(), "timeout");
}

class MqttTakes : public testing::TestWithParam<std::tuple<Sealing, int, std::size_t>> {};

TEST_P(MqttTakes, OneMessageAndIsDoneWithIt) {
  const auto& [sealing, qos, chunk] = GetParam();
  Bench bench(sealing);
  bench.subscribe();
  bench.publish(image(), {.qos = qos, .retained = true}, chunk);
  EXPECT_EQ(bench.ended(), "ok");
  EXPECT_EQ(bench.intake.calls, "begin finish");
  EXPECT_EQ(bench.intake.last_bytes, image());
  EXPECT_EQ(bench.intake.misuse, "");
  const Wire ack = qos == 0 ? Wire{} : samples::ack(qos == 1 ? 0x40 : 0x50, 7);
  EXPECT_EQ(bench.said, ack + kGoodbye);
}

INSTANTIATE_TEST_SUITE_P(Each, MqttTakes,
                         testing::Combine(testing::ValuesIn(samples::kSealings),
                                          testing::Values(0, 1, 2),
                                          testing::Values<std::size_t>(1, 7, 1460, 1 << 20)),
                         [](const auto& row) {
                           return samples::name(std::get<0>(row.param)) + "_qos" +
                                  std::to_string(std::get<1>(row.param)) + "_in_pieces_of_" +
                                  std::to_string(std::get<2>(row.param));
                         });

TEST(MqttDevice, AFileCutIntoMessagesIsOverAfterFiveSeconds) {
  Bench bench;
  bench.subscribe();
  const Wire whole = image();
  for (std::size_t at = 0; at < whole.size(); at += 1000) {
    const auto from = whole.begin() + static_cast<std::ptrdiff_t>(at);
    bench.publish({from, from + 1000});
    bench.wait(4s);
  }
  EXPECT_EQ(bench.ended(), "open");
  bench.wait(1s);
  EXPECT_EQ(bench.ended(), "ok");
  EXPECT_EQ(bench.intake.last_bytes, whole);
}

// What is no plain image does not say where it ends.
TEST(MqttDevice, WhatHasNoExtentIsOverAfterFiveSeconds) {
  Bench bench;
  bench.subscribe();
  bench.publish(samples::wire("\x1f\x8b a compressed image"));
  bench.wait(4'999ms);
  EXPECT_EQ(bench.intake.calls, "begin");
  bench.wait(1ms);
  EXPECT_EQ(bench.ended(), "ok");
}

TEST(MqttDevice, WhatRunsAlreadyKeepsTheConnection) {
  Bench bench;
  bench.intake.taken = Taken::current;
  bench.subscribe();
  bench.publish(image(), {.qos = 1, .retained = true});
  EXPECT_EQ(bench.ended(), "open");
  EXPECT_EQ(bench.said, samples::ack(0x40, 7));
  bench.wait(1h);
  EXPECT_EQ(bench.intake.calls, "begin finish") << "it is not taken again";
  EXPECT_EQ(bench.ended(), "timeout") << "the test answers no ping";
}

TEST(MqttDevice, AMessageWithoutAPayloadOrOfAnotherTopicMeansNothing) {
  Bench bench;
  bench.subscribe();
  bench.publish({}, {.qos = 1, .retained = true});
  bench.hear(samples::publish(image(), {.topic = "ota2"}));
  bench.hear(samples::publish(image(), {.topic = "ot"}));
  bench.hear(samples::publish(image(), {.topic = std::string(300, 't')}));
  bench.wait(6s);
  EXPECT_EQ(bench.intake.calls + bench.intake.reports, "");
  EXPECT_EQ(bench.said, samples::ack(0x40, 7));
}

TEST(MqttDevice, ARetainedMessageBeginsAnew) {
  Bench bench;
  bench.subscribe();
  Wire half = image();
  half.resize(5000);
  bench.publish(half);
  bench.publish(image(), {.retained = true});
  EXPECT_EQ(bench.intake.calls, "begin abort:aborted begin finish");
  EXPECT_EQ(bench.intake.last_bytes, image());
}

TEST(MqttDevice, ALostConnectionBeginsAnew) {
  Bench bench(Sealing::cbc);
  bench.subscribe();
  const Wire wire = samples::publish(samples::sealed(image(), bench.cipher), {.retained = true});
  bench.hear(Bytes(wire).first(9000));
  bench.device->on_lost(bench.now);
  EXPECT_EQ(bench.ended(), "aborted");
  EXPECT_EQ(bench.intake.calls, "begin abort:aborted");
  bench.connect();
  bench.subscribe();
  bench.hear(wire);
  EXPECT_EQ(bench.ended(), "ok");
  EXPECT_EQ(bench.intake.last_bytes, image());
}

TEST(MqttDevice, TheRestOfWhatWasRefusedIsNoNewAttempt) {
  Bench bench;
  bench.intake.write_error = Code::wrong_chip;
  bench.subscribe();
  const Wire whole = image();
  bench.publish({whole.begin(), whole.begin() + 1000}, {.qos = 1});
  for (std::size_t at = 1000; at < whole.size(); at += 1000) {
    Wire part(whole.begin() + static_cast<std::ptrdiff_t>(at),
              whole.begin() + static_cast<std::ptrdiff_t>(at) + 1000);
    part[0] = std::byte{0x42};  // the start of nothing
    bench.publish(part);
  }
  EXPECT_EQ(bench.intake.calls, "begin");
  EXPECT_EQ(bench.intake.reports, "");
  EXPECT_EQ(bench.said, samples::ack(0x40, 7)) << "it was received, whatever was in it";
  bench.intake.write_error = {};
  bench.publish(image());
  EXPECT_EQ(bench.intake.calls, "begin begin finish") << "and another image is one at once";
}

TEST(MqttDevice, WhatIsLargerThanTheSlotIsNeverBegun) {
  Bench bench;
  bench.subscribe();
  bench.hear(samples::publish(Wire(kSlot + 4097), {.qos = 1}));
  EXPECT_EQ(bench.intake.calls, "");
  EXPECT_EQ(bench.intake.reports, "too_big");
  EXPECT_EQ(bench.said, samples::ack(0x40, 7));
  bench.publish(image());
  EXPECT_EQ(bench.ended(), "ok");
}

TEST(MqttDevice, ARetainedMessageForABusyDeviceComesAgain) {
  for (const Code code : {Code::busy, Code::pending_confirm}) {
    Bench bench;
    bench.intake.begin_error = code;
    bench.subscribe();
    bench.publish(image(), {.retained = true});
    EXPECT_EQ(bench.ended(), "busy");
    Bench live;
    live.intake.begin_error = code;
    live.subscribe();
    live.publish(image());
    EXPECT_EQ(live.ended(), "open") << "a live one would not";
  }
}

// QoS 2: a message counts once, until it was released.
TEST(MqttDevice, AMessageThatCameAlreadyIsOnlyAcknowledged) {
  Bench bench;
  bench.intake.taken = Taken::current;
  bench.subscribe();
  bench.publish(image(), {.qos = 2});
  bench.publish(image(), {.qos = 2, .again = true});
  EXPECT_EQ(bench.intake.calls, "begin finish");
  bench.hear(samples::ack(0x62, 7));
  EXPECT_EQ(bench.said, samples::ack(0x50, 7) + samples::ack(0x50, 7) + samples::ack(0x70, 7));
  bench.publish(image(), {.qos = 2});
  EXPECT_EQ(bench.intake.calls, "begin finish begin finish");
}

TEST(MqttDevice, ABrokerThatIsOutOfItsMindIsLeft) {
  Bench bench;
  bench.subscribe();
  for (int id = 1; id <= 40 && !bench.closed(); ++id) bench.publish({}, {.qos = 2, .id = id});
  EXPECT_EQ(bench.ended(), "protocol");
  Bench deaf;
  deaf.subscribe();
  deaf.reads = false;
  for (int id = 1; id <= 40 && !deaf.closed(); ++id) deaf.publish({}, {.qos = 1, .id = id});
  EXPECT_EQ(deaf.ended(), "protocol") << "it reads no acknowledgement";
}

TEST(MqttDevice, KeepsTheConnectionAlive) {
  Bench bench;
  bench.subscribe();
  bench.wait(29'999ms);
  EXPECT_EQ(bench.said, Wire{});
  bench.wait(1ms);
  EXPECT_EQ(bench.said, kPing);
  bench.hear(samples::pingresp());
  bench.wait(30s);
  EXPECT_EQ(bench.said, kPing + kPing);
  bench.wait(10s);
  EXPECT_EQ(bench.ended(), "timeout");
}

TEST(MqttDevice, PingsWhileALongMessageComes) {
  Bench bench;
  bench.subscribe();
  const Wire wire = samples::publish(image());
  for (std::size_t at = 0; at < wire.size(); at += 200) {
    bench.hear(at_most(Bytes(wire).subspan(at), 200));
    bench.wait(1s);
  }
  EXPECT_EQ(bench.ended(), "ok");
  EXPECT_EQ(bench.said, kPing + kPing + kPing + kGoodbye);
}

TEST(MqttDevice, WorkOnFlashIsNoSilence) {
  Bench bench;
  bench.subscribe();
  bench.flash_time = 6s;
  bench.publish(image(), {}, 1000);
  EXPECT_EQ(bench.ended(), "ok");
}

TEST(MqttDevice, AMessageThatStopsComingIsGivenUp) {
  Bench bench;
  bench.subscribe();
  bench.hear(Bytes(samples::publish(image())).first(9000));
  bench.wait(29s);
  EXPECT_EQ(bench.intake.calls, "begin");
  bench.hear(samples::wire({0}));
  bench.wait(30s);
  EXPECT_EQ(bench.ended(), "timeout");
  EXPECT_EQ(bench.intake.calls, "begin abort:timeout");
}

// Cut at every byte of a whole session, nothing is a success.
TEST(MqttDevice, ACutAtEveryByteIsNoSuccess) {
  const Wire session = samples::connack() + samples::suback() +
                       samples::publish(image(4000), {.qos = 1, .retained = true});
  Bench bench;
  for (std::size_t cut = 0; cut < session.size(); ++cut) {
    bench.connect();
    bench.hear(Bytes(session).first(cut));
    ASSERT_EQ(bench.ended(), "open") << cut;
    bench.device->on_lost(bench.now);
    ASSERT_EQ(bench.ended(), "aborted");
    ASSERT_FALSE(bench.intake.in_session);
  }
  bench.connect();
  bench.hear(session, 1);
  EXPECT_EQ(bench.ended(), "ok");
  EXPECT_EQ(bench.intake.misuse, "");
}

}  // namespace
}  // namespace updraft::link
