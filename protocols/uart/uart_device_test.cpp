// Scenarios of a device on a serial line: each row says what comes, what the engine is told, and
// what the device says meanwhile.
#include "protocols/uart/uart_device.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "protocols/link/link_decryptor.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/raw_samples.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::Sealing;

constexpr std::size_t kImage = 10'000;
constexpr std::uint64_t kSlot = 64 * 1024;

class Bench {
 public:
  explicit Bench(Sealing sealing = Sealing::plain) : cipher(samples::cipher(sealing)) {
    if (cipher) decryptor.emplace(*cipher);
    intake.image_size = kImage;
    device.emplace(intake, UartDevice::Config{.slot_size = kSlot,
                                              .decryptor = decryptor ? &*decryptor : nullptr});
    device->on_connected(now);
    device->on_waiting(now);
  }
  void send(Bytes bytes) {
    device->on_bytes(bytes, now);
    now += flash_time;
    listen();
    device->on_waiting(now);
  }
  // As a host that keeps to the rule: a piece, then it waits for CR LF.
  void obey(Bytes wire) {
    while (!wire.empty()) {
      const Bytes piece = at_most(wire, kUartPiece);
      wire = wire.subspan(piece.size());
      const unsigned before = confirmed;
      send(piece);
      if (confirmed == before) wait(kUartIdleMs);
      if (confirmed == before) return;
    }
  }
  void wait(Millis time) {
    const Instant until = now + time;
    while (device->deadline() && *device->deadline() <= until) {
      now = std::max(now, *device->deadline());
      const std::size_t written = intake.bytes.size();
      device->on_deadline(now);
      if (!closed()) device->on_waiting(now);
      if (intake.in_session && intake.bytes.size() != written) now += flash_time;
      listen();
      if (!closed()) device->on_waiting(now);
    }
    now = std::max(now, until);
  }
  bool closed() const { return device->phase() == Phase::closed; }

  std::optional<LinkCipher> cipher;
  std::optional<LinkDecryptor> decryptor;
  fakes::FakeIntake intake;
  std::optional<UartDevice> device;
  Instant now{7h};
  Millis flash_time{0};
  unsigned confirmed = 0;
  bool reads = true;

 private:
  void listen() {
    std::array<std::byte, 3> room;  // a CR LF and a half
    while (reads) {
      const Bytes said = Bytes(room).first(device->write_to(room));
      if (said.empty()) return;
      ASSERT_EQ(as_text(said), "\r\n");
      ++confirmed;
    }
  }
};

struct Scenario {
  const char* name;
  std::vector<std::function<void(Bench&)>> steps;
  std::string calls;
  unsigned confirmed;
  bool closed;
};
void PrintTo(const Scenario& row, std::ostream* out) { *out << row.name; }

class UartScenario : public testing::TestWithParam<std::tuple<Scenario, Sealing>> {};

TEST_P(UartScenario, EndsAsItShould) {
  const auto& [row, sealing] = GetParam();
  Bench bench(sealing);
  for (const auto& step : row.steps) step(bench);
  EXPECT_EQ(bench.intake.calls, row.calls);
  EXPECT_EQ(bench.intake.misuse, "");
  EXPECT_EQ(bench.confirmed, row.confirmed);
  EXPECT_EQ(bench.closed(), row.closed);
  if (row.closed) {
    EXPECT_TRUE(bench.device->outcome());
    EXPECT_EQ(bench.intake.last_bytes, samples::image(kImage));
  }
}

using Step = std::function<void(Bench&)>;
std::vector<std::byte> wire(const Bench& b, std::size_t size) {
  return samples::sealed(samples::image(size), b.cipher);
}
const Step kWhole = [](Bench& b) { b.obey(wire(b, kImage)); };
const Step kHalf = [](Bench& b) { b.obey(wire(b, 4096)); };
const Step kSilence = [](Bench& b) { b.wait(2s + kUartIdleMs); };  // and a short last piece
const Step kByteByByte = [](Bench& b) {
  for (const std::byte byte : wire(b, kImage)) b.send({&byte, 1});
};
const Step kAtOnce = [](Bench& b) { b.send(wire(b, kImage)); };
const Step kNoise = [](Bench& b) { b.send(samples::image(15)); };
const Step kFlood = [](Bench& b) { b.send(std::vector<std::byte>(kSlot + 4096 + 1024)); };
Step wait(Millis time) {
  return [=](Bench& b) { b.wait(time); };
}
Step begin_says(std::optional<Code> code) {
  return [=](Bench& b) { b.intake.begin_error = code; };
}
Step write_says(std::optional<Code> code) {
  return [=](Bench& b) { b.intake.write_error = code; };
}
Step drip(Millis pause) {
  return [=](Bench& b) {
    for (int i = 0; i < 600; ++i) {
      b.send(samples::image(16));
      b.wait(pause);
    }
  };
}

constexpr unsigned kPieces = 10;  // of kImage
const std::string kDone = "begin finish";

const Scenario kScenarios[] = {
    {"by_the_rule", {kWhole, kSilence}, kDone, kPieces, true},
    {"byte_by_byte", {kByteByByte, kSilence}, kDone, kPieces, true},
    {"without_waiting", {kAtOnce, kSilence}, kDone, kUartOwed + 1, true},
    {"not_before_two_seconds", {kWhole, wait(1999ms)}, "begin", kPieces, false},
    {"late", {wait(24h), kWhole, kSilence}, kDone, kPieces, true},
    {"slow_flash_is_no_silence",
     {[](Bench& b) { b.flash_time = 3s; }, kWhole, kSilence},
     kDone,
     kPieces,
     true},
    {"slow_flash_after_a_short_piece_is_no_silence",
     {[](Bench& b) { b.flash_time = 3s; },
      [](Bench& b) {
        const auto all = wire(b, kImage);
        b.send(Bytes(all).first(512));
        b.wait(20ms);
        b.wait(1s);
        b.send(Bytes(all).subspan(512));
      },
      kSilence, kSilence, kSilence},
     kDone,
     1 + kUartOwed + 1,
     true},
    {"cut", {kHalf, kSilence}, kDone, 4, false},
    {"cut_and_again", {kHalf, kSilence, kWhole, kSilence}, kDone + " " + kDone, 4 + kPieces, true},
    {"runs_already",
     {[](Bench& b) { b.intake.taken = Taken::current; }, kWhole, kSilence},
     kDone,
     kPieces,
     false},
    {"noise", {kNoise, kSilence}, "", 1, false},
    {"noise_before_an_image", {kNoise, kSilence, kWhole, kSilence}, kDone, 1 + kPieces, true},
    // Nothing more is said, and the rest of the image is not taken for a new one.
    {"busy", {begin_says(Code::busy), kWhole, kSilence}, "begin", 0, false},
    {"refused", {write_says(Code::wrong_chip), kWhole, kSilence}, "begin", 0, false},
    {"refused_whole", {write_says(Code::wrong_chip), kAtOnce, kSilence}, "begin", 0, false},
    {"refused_then_another",
     {write_says(Code::wrong_chip), kAtOnce, kAtOnce, kSilence, write_says({}), kWhole, kSilence},
     "begin " + kDone,
     kPieces,
     true},
    {"drips", {drip(1500ms)}, "begin abort:timeout", 20, false},
    {"too_much", {kFlood, kSilence}, "begin abort:too_big", 0, false},
};

INSTANTIATE_TEST_SUITE_P(Rows, UartScenario,
                         testing::Combine(testing::ValuesIn(kScenarios),
                                          testing::ValuesIn(samples::kSealings)),
                         [](const auto& row) {
                           return std::string(std::get<0>(row.param).name) + "_" +
                                  name(std::get<1>(row.param));
                         });

// What an original host counts on: one CR LF for a piece, and none before it is written.
TEST(UartDevice, ConfirmsOncePerPieceAndOnlyWhatIsWritten) {
  Bench bench;
  const auto image = samples::image(kImage);
  bench.send(Bytes(image).first(1023));
  EXPECT_EQ(bench.confirmed, 0u);
  EXPECT_EQ(bench.intake.bytes.size(), 0u) << "flash is left alone while a piece comes";
  bench.send(Bytes(image).subspan(1023, 1));
  EXPECT_EQ(bench.confirmed, 1u);
  EXPECT_EQ(bench.intake.bytes.size(), 1024u);
  bench.send(Bytes(image).subspan(1024, 100));
  bench.wait(19ms);
  EXPECT_EQ(bench.confirmed, 1u);
  bench.wait(1ms);
  EXPECT_EQ(bench.confirmed, 2u);
  EXPECT_EQ(bench.intake.bytes.size(), 1124u);
}

TEST(UartDevice, AHostThatDoesNotReadCostsNothing) {
  Bench bench;
  bench.reads = false;
  bench.send(samples::image(kImage));
  bench.wait(1s);
  bench.reads = true;
  bench.wait(2s);
  EXPECT_EQ(bench.confirmed, kUartOwed);
  EXPECT_TRUE(bench.closed());
}

// The image is cut at every byte: nothing is a success, and the next one is taken.
TEST(UartDevice, ACutAtEveryByteIsNoSuccess) {
  for (const Sealing sealing : samples::kSealings) {
    Bench bench(sealing);
    bench.intake.image_size = 2'000;
    const auto image = samples::sealed(samples::image(2'000), bench.cipher);
    for (std::size_t cut = 1; cut < 2'000; ++cut) {
      bench.send(Bytes(image).first(cut));
      bench.wait(3s);
      ASSERT_FALSE(bench.closed()) << cut;
      ASSERT_FALSE(bench.intake.in_session) << cut;
      ASSERT_EQ(bench.device->deadline(), std::nullopt) << cut;
    }
    bench.send(image);
    bench.wait(3s);
    EXPECT_TRUE(bench.closed());
    EXPECT_EQ(bench.intake.misuse, "");
  }
}

TEST(UartDevice, ALostLineIsAnEnd) {
  Bench bench;
  bench.obey(samples::image(4096));
  bench.device->on_lost(bench.now);
  EXPECT_EQ(bench.intake.calls, "begin abort:aborted");
  EXPECT_TRUE(bench.closed());
  EXPECT_FALSE(bench.device->outcome());
}

TEST(UartDevice, WhoProvedItselfTakesTheEngine) {
  Bench bench;
  bench.send(samples::image(2048));
  ASSERT_NE(bench.intake.offer.holder, nullptr);
  bench.intake.in_session = false;  // the engine has ended it
  bench.intake.offer.holder->on_taken_over();
  const unsigned before = bench.confirmed;
  bench.send(samples::image(4096));
  EXPECT_EQ(bench.confirmed, before);
  bench.wait(2s);
  EXPECT_EQ(bench.intake.calls, "begin");
  EXPECT_EQ(bench.intake.misuse, "");
}

TEST(UartIdle, IsTenCharactersAndAtLeastTwentyMilliseconds) {
  EXPECT_EQ(uart_idle(0), 20ms);
  EXPECT_EQ(uart_idle(115'200), 20ms);
  EXPECT_EQ(uart_idle(9'600), 20ms);
  EXPECT_EQ(uart_idle(1'200), 84ms);
}

}  // namespace
}  // namespace updraft::link
