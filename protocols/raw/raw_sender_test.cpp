#include "protocols/raw/raw_sender.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "tests/fakes/raw_samples.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::hex;
using samples::Sealing;

struct Vector {
  const char* name;
  Sealing sealing;
  std::string_view wire;
};

class RawSenderVector : public testing::TestWithParam<Vector> {};

TEST_P(RawSenderVector, IsWhatOpensslSends) {
  const auto plain = hex(samples::kVectorPlain);
  const auto cipher = samples::cipher(GetParam().sealing);
  for (std::size_t room = 1; room <= 40; ++room) {
    MemorySource source(plain);
    RawSender sender(source, cipher ? &*cipher : nullptr);
    std::vector<std::byte> wire;
    std::vector<std::byte> tx(room);
    while (const std::size_t size = sender.write_to(tx)) {
      wire.insert(wire.end(), tx.begin(), tx.begin() + static_cast<std::ptrdiff_t>(size));
    }
    EXPECT_EQ(wire, hex(GetParam().wire)) << "room " << room;
    EXPECT_EQ(sender.phase(), Phase::half_closed);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, RawSenderVector,
                         testing::Values(Vector{"plain", Sealing::plain, samples::kVectorPlain},
                                         Vector{"ecb", Sealing::ecb, samples::kVectorEcb},
                                         Vector{"cbc", Sealing::cbc, samples::kVectorCbc}),
                         [](const auto& row) { return std::string(row.param.name); });

// A source whose size is not known before its end, like a web server without Content-Length.
class EndlessSource final : public Source {
 public:
  explicit EndlessSource(Bytes bytes) : source_(bytes) {}
  std::uint64_t size() const override { return kUnknownSize; }
  std::size_t read(MutableBytes out) override { return source_.read(out); }

 private:
  MemorySource source_;
};

TEST(RawSender, EndsWhereASourceWithoutASizeEnds) {
  const auto plain = hex(samples::kVectorPlain);
  for (const auto& [sealing, expected] : {std::pair{Sealing::plain, samples::kVectorPlain},
                                          std::pair{Sealing::cbc, samples::kVectorCbc}}) {
    const auto cipher = samples::cipher(sealing);
    EndlessSource source(plain);
    RawSender sender(source, cipher ? &*cipher : nullptr);
    EXPECT_EQ(sender.total(), kUnknownSize);
    std::vector<std::byte> wire;
    std::byte tx[16];
    while (const std::size_t size = sender.write_to(tx)) wire.insert(wire.end(), tx, tx + size);
    EXPECT_EQ(wire, hex(expected));
    EXPECT_EQ(sender.phase(), Phase::half_closed);
    EXPECT_EQ(sender.total(), wire.size());
    sender.on_peer_done(Instant{});
    EXPECT_TRUE(sender.outcome());
  }
}

// A sender of `kSize` bytes on virtual time; pull() is the driver taking 64 KiB.
class SenderBench {
 public:
  static constexpr std::size_t kSize = 256 * 1024;
  SenderBench() { sender.on_connected(now); }

  void pull(std::size_t times = 1) {
    for (std::size_t i = 0; i < times; ++i) (void)sender.write_to(tx_);
    sender.on_waiting(now);
  }
  void drip() {
    (void)sender.write_to(MutableBytes(tx_).first(1));
    sender.on_waiting(now);
  }
  void all() { pull(kSize / tx_.size() + 1); }
  void fin() { sender.on_peer_done(now); }
  void reset() { sender.on_lost(now); }
  void wait(Millis time) {
    sender.on_waiting(now);
    now += time;
    if (sender.deadline() && *sender.deadline() <= now) sender.on_deadline(now);
  }

  std::vector<std::byte> image = samples::image(kSize);
  MemorySource source{image};
  RawSender sender{source};
  Instant now{1h};

 private:
  std::vector<std::byte> tx_ = std::vector<std::byte>(64 * 1024);
};

struct Scenario {
  const char* name;
  std::vector<std::function<void(SenderBench&)>> steps;
  Phase phase;
  std::optional<Code> ends;  // nullopt: ok
  std::uint64_t sent;
};

void PrintTo(const Scenario& row, std::ostream* out) { *out << row.name; }

class RawSenderScenario : public testing::TestWithParam<Scenario> {};

TEST_P(RawSenderScenario, EndsAsItShould) {
  const Scenario& row = GetParam();
  SenderBench bench;
  for (const auto& step : row.steps) step(bench);
  EXPECT_EQ(bench.sender.phase(), row.phase);
  const Result<> outcome = bench.sender.outcome();
  EXPECT_EQ(outcome ? "ok" : name(outcome.error().code), row.ends ? name(*row.ends) : "ok");
  EXPECT_EQ(bench.sender.sent(), row.sent);
  EXPECT_EQ(bench.sender.total(), SenderBench::kSize);
  EXPECT_EQ(bench.sender.deadline().has_value(), row.phase != Phase::closed);
}

const auto kOnePull = [](SenderBench& b) { b.pull(); };
const auto kDrip = [](SenderBench& b) { b.drip(); };
const auto kAll = [](SenderBench& b) { b.all(); };
const auto kFin = [](SenderBench& b) { b.fin(); };
const auto kReset = [](SenderBench& b) { b.reset(); };
const auto kSpeak = [](SenderBench& b) { b.sender.on_bytes(as_bytes("hello"), b.now); };
auto wait(Millis time) {
  return [=](SenderBench& b) { b.wait(time); };
}

constexpr std::uint64_t kOne = 64 * 1024;
constexpr std::uint64_t kTotal = SenderBench::kSize;

INSTANTIATE_TEST_SUITE_P(
    Rows, RawSenderScenario,
    testing::Values(
        Scenario{"device_closes_in_order", {kAll, kFin}, Phase::closed, {}, kTotal},
        Scenario{"device_takes_its_time", {kAll, wait(59s), kFin}, Phase::closed, {}, kTotal},
        Scenario{"peer_speaks", {kOnePull, kSpeak, kAll}, Phase::closed, Code::protocol, kOne},
        Scenario{"peer_speaks_at_the_end", {kAll, kSpeak}, Phase::closed, Code::protocol, kTotal},
        Scenario{"peer_speaks_too_late", {kAll, kFin, kSpeak}, Phase::closed, {}, kTotal},
        Scenario{"all_sent_is_half_closed", {kAll}, Phase::half_closed, {}, kTotal},
        Scenario{"device_closes_early", {kOnePull, kFin}, Phase::closed, Code::aborted, kOne},
        Scenario{"device_closes_at_once", {kFin}, Phase::closed, Code::aborted, 0},
        Scenario{"reset_in_the_middle", {kOnePull, kReset}, Phase::closed, Code::aborted, kOne},
        Scenario{"reset_at_the_end", {kAll, kReset}, Phase::closed, Code::aborted, kTotal},
        Scenario{"reset_after_the_end", {kAll, kFin, kReset}, Phase::closed, {}, kTotal},
        Scenario{"device_never_closes", {kAll, wait(60s)}, Phase::closed, Code::timeout, kTotal},
        Scenario{"device_stops_reading", {kOnePull, wait(30s)}, Phase::closed, Code::timeout, kOne},
        Scenario{"device_reads_slowly",
                 {kOnePull, wait(29s), kOnePull, wait(29s), kOnePull, wait(29s)},
                 Phase::open,
                 {},
                 3 * kOne},
        Scenario{
            "device_drips", {kDrip, wait(20s), kDrip, wait(10s)}, Phase::closed, Code::timeout, 2},
        Scenario{"device_never_reads", {wait(30s)}, Phase::closed, Code::timeout, 0}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(RawSender, KeepsTheFirstWordsOfAPeerThatSpeaks) {
  SenderBench bench;
  bench.sender.on_bytes(as_bytes("SSH-2.0-OpenSSH_9.2\r\n"), bench.now);
  bench.sender.on_bytes(as_bytes("more"), bench.now);
  EXPECT_EQ(bench.sender.said(), "SSH-2.0-OpenSSH_9.2\r\n");
  const std::string endless(100'000, 'x');
  SenderBench other;
  other.sender.on_bytes(as_bytes(endless), other.now);
  EXPECT_EQ(other.sender.said().size(), kRawSaidBytes);
}

// A file that shrank since its size was taken.
class ShortSource final : public Source {
 public:
  std::uint64_t size() const override { return 1000; }
  std::size_t read(MutableBytes out) override {
    const std::size_t size = std::min(out.size(), left_);
    left_ -= size;
    return size;
  }

 private:
  std::size_t left_ = 100;
};

// `updraft serve` listens with it, and a device never sends a byte.
TEST(RawSender, IsNeverDroppedForANewcomer) {
  MemorySource source(Bytes{});
  EXPECT_TRUE(RawSender(source).proven());
}

TEST(RawSender, GivesUpWhenTheSourceIsCut) {
  for (const Sealing sealing : samples::kSealings) {
    ShortSource source;
    const auto cipher = samples::cipher(sealing);
    RawSender sender(source, cipher ? &*cipher : nullptr);
    std::byte tx[512];
    EXPECT_GT(sender.write_to(tx), 0u);
    EXPECT_EQ(sender.write_to(tx), 0u);
    EXPECT_EQ(sender.phase(), Phase::closed);
    EXPECT_EQ(sender.outcome().error().code, Code::size_mismatch);
  }
}

TEST(RawSender, FillsTheLastBlockWithErasedFlash) {
  const auto cipher = samples::cipher(Sealing::cbc);
  const auto image = samples::image(21);
  auto padded = image;
  padded.resize(32, std::byte{0xFF});
  EXPECT_EQ(samples::sealed(image, cipher), samples::sealed(padded, cipher));
}

}  // namespace
}  // namespace updraft::link
