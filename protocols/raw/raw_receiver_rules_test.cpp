// Single rules of the device's end that do not fit a scenario row.
#include <gtest/gtest.h>

#include "tests/fakes/receiver_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using samples::Sealing;

class RawReceiverRules : public testing::TestWithParam<Sealing> {};
INSTANTIATE_TEST_SUITE_P(Sealings, RawReceiverRules, testing::ValuesIn(samples::kSealings),
                         [](const auto& row) { return samples::name(row.param); });

TEST_P(RawReceiverRules, EveryByteArrivesWhateverThePieces) {
  const auto image = samples::image(3000 + 8);  // a multiple of 16
  for (std::size_t chunk = 1; chunk < 70; ++chunk) {
    ReceiverBench bench(GetParam());
    bench.send(image, chunk);
    bench.fin();
    ASSERT_EQ(bench.intake.last_bytes, image) << "chunk " << chunk;
  }
}

TEST_P(RawReceiverRules, TellsTheEngineWhetherALinkKeyWasUsed) {
  ReceiverBench bench(GetParam());
  bench.send(samples::image(64));
  EXPECT_EQ(bench.intake.offer.scheme, kRaw);
  EXPECT_EQ(bench.intake.offer.size, 0u);
  EXPECT_FALSE(bench.intake.offer.sender_proved);  // security.md rule 2: a link key proves nothing
  EXPECT_EQ(bench.intake.offer.link_encrypted, GetParam() != Sealing::plain);
}

TEST_P(RawReceiverRules, ClaimsTheEngineOnlyWithAWholeHead) {
  ReceiverBench bench(GetParam());
  const auto wire = samples::sealed(samples::image(64), bench.cipher);
  bench.send_wire(Bytes(wire).first(15), 1);
  EXPECT_EQ(bench.intake.calls, "");
  EXPECT_FALSE(bench.receiver->proven());
  bench.send_wire(Bytes(wire).subspan(15, 1));
  EXPECT_EQ(bench.intake.calls, "begin");
  EXPECT_TRUE(bench.receiver->proven());
}

TEST_P(RawReceiverRules, HasProvenNothingOnceRefused) {
  ReceiverBench bench(GetParam());
  bench.intake.write_error = Code::not_an_image;
  bench.send(samples::image(64));
  EXPECT_FALSE(bench.receiver->proven());
}

TEST_P(RawReceiverRules, StartsEveryTransferFromTheFirstIv) {
  ReceiverBench bench(GetParam());
  const auto image = samples::image(4096);
  bench.send_wire(Bytes(samples::sealed(image, bench.cipher)).first(1234));
  bench.reset();
  bench.connect();
  bench.send(image);
  bench.fin();
  EXPECT_EQ(bench.intake.last_bytes, image);
}

TEST_P(RawReceiverRules, KeepsADecryptorSharedWithDroppedClientsClean) {
  ReceiverBench bench(GetParam());
  const auto image = samples::image(4096);
  const auto wire = samples::sealed(image, bench.cipher);
  bench.send_wire(Bytes(wire).first(100));
  // Another connection with the same engine and key gathers its head, and ends, in the meantime.
  RawReceiver other(bench.intake, {.slot_size = 4096,
                                   .decryptor = bench.decryptor ? &*bench.decryptor : nullptr});
  other.on_connected(bench.now);
  other.on_bytes(Bytes(wire).first(7), bench.now);
  other.on_lost(bench.now);
  bench.send_wire(Bytes(wire).subspan(100));
  bench.fin();
  EXPECT_EQ(bench.intake.last_bytes, image);
}

TEST_P(RawReceiverRules, NeverSendsAByte) {
  ReceiverBench bench(GetParam());
  std::byte room[16];
  EXPECT_EQ(bench.receiver->write_to(room), 0u);
  bench.send(samples::image(64));
  bench.fin();
  EXPECT_EQ(bench.receiver->write_to(room), 0u);
}

TEST_P(RawReceiverRules, IgnoresWhatComesAfterTheEnd) {
  ReceiverBench bench(GetParam());
  bench.send(samples::image(64));
  bench.fin();
  const std::string calls = bench.intake.calls;
  bench.send(samples::image(64));
  bench.fin();
  bench.reset();
  bench.receiver->on_deadline(bench.now + 1h);
  EXPECT_EQ(bench.intake.calls, calls);
  EXPECT_TRUE(bench.receiver->outcome());
}

TEST_P(RawReceiverRules, KeepsCountingSilenceOverSeveralWaits) {
  ReceiverBench bench(GetParam());
  bench.send(samples::image(64));
  const auto deadline = bench.receiver->deadline();
  bench.receiver->on_waiting(bench.now + 1s);  // nothing arrived since the last
  EXPECT_EQ(bench.receiver->deadline(), deadline);
}

TEST_P(RawReceiverRules, IsNotMovedByAnEarlyDeadline) {
  ReceiverBench bench(GetParam());
  bench.send(samples::image(64));
  bench.receiver->on_deadline(bench.now + kRawSilenceMs - 1ms);
  EXPECT_FALSE(bench.closed());
}

// Fewer bytes than the gate wants to see: the engine names what they are.
TEST(RawReceiverShortStream, GoesToTheEngineAsItIs) {
  for (std::size_t size = 1; size < kRawHeadBytes; ++size) {
    ReceiverBench bench;
    bench.intake.finish_error = Code::not_an_image;
    bench.send(samples::image(size), 1);
    bench.fin();
    EXPECT_EQ(bench.intake.calls, "begin finish");
    EXPECT_EQ(bench.intake.last_bytes, samples::image(size));
    EXPECT_EQ(bench.receiver->outcome().error().code, Code::not_an_image);
    EXPECT_TRUE(bench.closed());
  }
}

TEST(RawReceiverShortStream, BotheringNobodyWhenLost) {
  ReceiverBench bench;
  bench.send(samples::image(9));
  bench.reset();
  EXPECT_EQ(bench.intake.calls, "");
  EXPECT_EQ(bench.receiver->outcome().error(), (Error{Code::aborted, Where::link, 9, 0}));
}

TEST(RawReceiverShortStream, EndsBySilenceToo) {
  ReceiverBench bench;
  bench.intake.begin_error = Code::busy;
  bench.send(samples::image(9));
  bench.stay_silent();
  EXPECT_EQ(bench.age(), kRawSilenceMs);
  EXPECT_EQ(bench.receiver->outcome().error().code, Code::busy);
}

// raw-tcp.md section 3: the original spins for ever on these.
class RawReceiverLeftOver : public testing::TestWithParam<Sealing> {};
INSTANTIATE_TEST_SUITE_P(Sealings, RawReceiverLeftOver, testing::Values(Sealing::ecb, Sealing::cbc),
                         [](const auto& row) { return samples::name(row.param); });

TEST_P(RawReceiverLeftOver, IsAnErrorWhicheverWayItEnds) {
  const auto wire = samples::sealed(samples::image(96), samples::cipher(GetParam()));
  for (std::size_t size = 1; size < wire.size(); ++size) {
    for (void (ReceiverBench::*end)() :
         {&ReceiverBench::fin, &ReceiverBench::reset, &ReceiverBench::stay_silent}) {
      ReceiverBench bench(GetParam());
      bench.send_wire(Bytes(wire).first(size));
      (bench.*end)();
      ASSERT_TRUE(bench.closed());
      ASSERT_EQ(bench.intake.misuse, "");
      if (size % 16 == 0) {
        EXPECT_EQ(bench.intake.calls, "begin finish");
        EXPECT_TRUE(bench.receiver->outcome());
        continue;
      }
      EXPECT_EQ(bench.intake.calls, size < 16 ? "" : "begin abort:size_mismatch");
      const Error why = bench.receiver->outcome().error();
      const bool lost_early = size < 16 && end == &ReceiverBench::reset;
      EXPECT_EQ(why.code, lost_early ? Code::aborted : Code::size_mismatch);
      EXPECT_EQ(why.found, size);
    }
  }
}

TEST(RawReceiverWrongKey, IsTheEnginesToName) {
  ReceiverBench bench(Sealing::cbc);
  bench.intake.write_error = Code::wrong_key;
  bench.send_wire(samples::sealed(samples::image(64), samples::cipher(Sealing::ecb)));
  bench.fin();
  EXPECT_TRUE(bench.intake.offer.link_encrypted);
  EXPECT_EQ(bench.receiver->outcome().error().code, Code::wrong_key);
}

// Whoever fetches wants to know why nothing came.
TEST(RawReceiver, TellsOfAHostThatGaveNothing) {
  ReceiverBench bench;
  bench.fetches = true;
  bench.connect();
  bench.fin();
  EXPECT_EQ(bench.intake.reports, "payload_missing");
  EXPECT_TRUE(bench.receiver->attempted());
}

}  // namespace
}  // namespace updraft::link
