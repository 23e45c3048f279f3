// What bare streams have in common: the head, the cipher, the limit, and what nobody is told of.
#include "protocols/link/payload_stream.hpp"

#include <gtest/gtest.h>

#include "protocols/link/link_decryptor.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/raw_samples.hpp"

namespace updraft::link {
namespace {

using samples::Sealing;

constexpr std::uint64_t kSlot = 8192;

struct Bench {
  explicit Bench(Sealing sealing = Sealing::plain) : cipher(samples::cipher(sealing)) {
    if (cipher) decryptor.emplace(*cipher);
    stream.emplace(intake, PayloadStream::Config{.scheme = kSd,
                                                 .slot_size = kSlot,
                                                 .decryptor = decryptor ? &*decryptor : nullptr});
  }
  std::vector<std::byte> wire(std::size_t size) const {
    return samples::sealed(samples::image(size), cipher);
  }

  std::optional<LinkCipher> cipher;
  std::optional<LinkDecryptor> decryptor;
  fakes::FakeIntake intake;
  std::optional<PayloadStream> stream;
};

class PayloadStreams : public testing::TestWithParam<Sealing> {};
INSTANTIATE_TEST_SUITE_P(Sealings, PayloadStreams, testing::ValuesIn(samples::kSealings),
                         [](const auto& row) { return samples::name(row.param); });

TEST_P(PayloadStreams, HandOnWhatComesInPiecesOfAnySize) {
  for (const std::size_t chunk : {1, 15, 16, 17, 1000}) {
    Bench bench(GetParam());
    const auto wire = bench.wire(1008);
    ASSERT_TRUE(bench.stream->begin(wire.size()));
    for (Bytes rest = wire; !rest.empty(); rest = rest.subspan(at_most(rest, chunk).size())) {
      EXPECT_EQ(bench.stream->has_head(), rest.size() <= wire.size() - 16);
      ASSERT_TRUE(bench.stream->write(at_most(rest, chunk)));
    }
    ASSERT_TRUE(bench.stream->finish(PayloadEnd::told));
    EXPECT_EQ(bench.intake.last_bytes, samples::image(1008));
    EXPECT_EQ(bench.intake.offer.size, GetParam() == Sealing::plain ? 1008u : 0u);
    EXPECT_EQ(bench.intake.offer.link_encrypted, GetParam() != Sealing::plain);
    EXPECT_EQ(bench.intake.calls, "begin finish");
    EXPECT_EQ(bench.intake.misuse, "");
    EXPECT_FALSE(bench.stream->open());
  }
}

TEST_P(PayloadStreams, BeginWithTheFirstIvEachTime) {
  Bench bench(GetParam());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(bench.stream->begin());
    ASSERT_TRUE(bench.stream->write(bench.wire(160)));
    ASSERT_TRUE(bench.stream->finish(PayloadEnd::silence));
    EXPECT_EQ(bench.intake.last_bytes, samples::image(160));
  }
}

TEST(PayloadStream, TheLimitIsTheSlotAndItsMargin) {
  const std::uint64_t most = kSlot + PayloadStream::kMarginBytes;
  Bench bench;
  EXPECT_EQ(bench.stream->limit(), most);
  EXPECT_TRUE(bench.stream->begin(most));
  EXPECT_EQ(bench.stream->begin(most + 1).error().code, Code::too_big);
  EXPECT_EQ(bench.stream->begin(UINT64_MAX).error().code, Code::too_big);
  EXPECT_EQ(bench.intake.reports, "too_big too_big");
  ASSERT_TRUE(bench.stream->begin());
  ASSERT_TRUE(bench.stream->write(samples::image(most)));
  EXPECT_EQ(bench.stream->write(samples::image(1)).error().code, Code::too_big);
  EXPECT_EQ(bench.intake.calls, "begin abort:too_big");
}

TEST(PayloadStream, LessThanAHeadIsForTheProtocolToSay) {
  Bench given_up;
  ASSERT_TRUE(given_up.stream->begin());
  ASSERT_TRUE(given_up.stream->write(samples::image(15)));
  given_up.stream->abort({Code::aborted, Where::link});
  EXPECT_EQ(given_up.intake.calls + given_up.intake.reports, "") << "nobody is told";
  Bench over;
  ASSERT_TRUE(over.stream->begin());
  ASSERT_TRUE(over.stream->write(samples::image(15)));
  ASSERT_TRUE(over.stream->finish(PayloadEnd::told));
  EXPECT_EQ(over.intake.last_bytes.size(), 15u) << "the engine judges it";
  Bench nothing;
  ASSERT_TRUE(nothing.stream->begin());
  EXPECT_EQ(nothing.stream->finish(PayloadEnd::told).error().code, Code::payload_missing);
  EXPECT_EQ(nothing.intake.reports, "payload_missing");
}

TEST(PayloadStream, CipherTextThatEndsWithinABlockWasCut) {
  for (const std::size_t size : {15u, 161u}) {
    Bench bench(Sealing::cbc);
    ASSERT_TRUE(bench.stream->begin());
    ASSERT_TRUE(bench.stream->write(Bytes(bench.wire(176)).first(size)));
    EXPECT_EQ(bench.stream->finish(PayloadEnd::silence).error().code, Code::size_mismatch);
    EXPECT_FALSE(bench.intake.in_session);
  }
}

TEST_P(PayloadStreams, WhatIsNoStartIsDroppedInSilence) {
  const PayloadStream::IsStart is_image = [](Bytes head) { return head[0] == std::byte{0xE9}; };
  Bench bench(GetParam());
  ASSERT_TRUE(bench.stream->begin(0, is_image));
  EXPECT_EQ(bench.stream->write(Bytes(bench.wire(176)).subspan(32)).error().code, Code::not_wanted);
  EXPECT_EQ(bench.intake.calls + bench.intake.reports, "");
  ASSERT_TRUE(bench.stream->begin(0, is_image));
  EXPECT_TRUE(bench.stream->write(bench.wire(176)));
  EXPECT_EQ(bench.intake.calls, "begin");
}

TEST(PayloadStream, AfterAnErrorNothingMoreIsSaid) {
  Bench bench;
  bench.intake.write_error = Code::wrong_chip;
  bench.intake.write_error_from = 300;
  ASSERT_TRUE(bench.stream->begin());
  ASSERT_TRUE(bench.stream->write(samples::image(200)));
  EXPECT_EQ(bench.stream->write(samples::image(200)).error().code, Code::wrong_chip);
  EXPECT_EQ(bench.stream->write(samples::image(200)).error().code, Code::busy);
  bench.stream->abort({Code::aborted, Where::link});
  EXPECT_EQ(bench.intake.calls, "begin");
  EXPECT_EQ(bench.intake.misuse, "");
}

}  // namespace
}  // namespace updraft::link
