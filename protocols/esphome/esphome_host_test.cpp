#include "protocols/esphome/esphome_host.hpp"

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/esphome/esphome_device.hpp"
#include "protocols/esphome/esphome_samples.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/pipe.hpp"

namespace updraft::link {
namespace {

using namespace samples;

struct SamplePayload final : EsphomePayload {
  explicit SamplePayload(std::size_t size = 20'000) : image(esphome_image(size)) {}
  Bytes plain() override { return image; }
  Bytes gzipped() override { return packed; }
  std::vector<std::byte> image, packed = esphome_image(777);
};

class EsphomeBothEnds : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Pieces, EsphomeBothEnds,
                         testing::Values<std::size_t>(1, 3, 1024, 8192, 65'536));

TEST_P(EsphomeBothEnds, UnderstandEachOther) {
  for (const std::uint8_t version : {std::uint8_t{1}, std::uint8_t{2}}) {
    for (const bool legacy : {false, true}) {
      for (const std::string_view password : {std::string_view(), kEsphomePassword}) {
        SamplePayload payload;
        fakes::FakeIntake intake;
        LoginGuards guards;
        EsphomeDevice device(intake, guards,
                             {.password = password, .version = version, .legacy = legacy});
        EsphomeHost host(payload, password);
        (void)Pipe(host, device, GetParam()).run();
        EXPECT_EQ(word(host.outcome()), "ok");
        EXPECT_EQ(word(device.outcome()), "ok");
        EXPECT_EQ(intake.last_bytes, payload.image);
        EXPECT_EQ(host.version(), version);
        EXPECT_EQ(host.hash().has_value(), !password.empty());
        if (host.hash()) {
          EXPECT_EQ(*host.hash() == EsphomeHash::md5, legacy);
        }
        EXPECT_EQ(host.extended(), version == 2 && !legacy);
      }
    }
  }
}

TEST(EsphomeHostTest, HearsWhatWentWrong) {
  SamplePayload payload;
  fakes::FakeIntake intake;
  LoginGuards guards;
  EsphomeDevice device(intake, guards, {.password = "another"});
  EsphomeHost host(payload, kEsphomePassword);
  (void)Pipe(host, device, 100).run();
  EXPECT_EQ(word(host.outcome()), "auth_failed");
  EsphomeDevice asks(intake, guards, {.password = "another", .from = 5});
  EsphomeHost without(payload, "");
  (void)Pipe(without, asks, 100).run();
  EXPECT_EQ(word(without.outcome()), "auth_failed");
  intake.write_error = Code::bad_hash;
  EsphomeDevice judges(intake, guards, {});
  EsphomeHost refused(payload, "");
  (void)Pipe(refused, judges, 100).run();
  EXPECT_EQ(word(refused.outcome()), "not_wanted");
  EXPECT_EQ(refused.outcome().error().found, 0x84u);
}

TEST(EsphomeHostTest, KnowsARestartIntoARescueAppFromAnotherUpdate) {
  SamplePayload payload;
  fakes::FakeIntake intake;
  LoginGuards guards;
  intake.write_error = Code::rescue_first;
  EsphomeDevice hands_over(intake, guards, {});
  EsphomeHost handed(payload, "");
  (void)Pipe(handed, hands_over, 100).run();
  EXPECT_EQ(word(handed.outcome()), "rescue_first");
  intake.welcome_error = Code::busy;
  EsphomeDevice busy(intake, guards, {});
  EsphomeHost early(payload, "");
  (void)Pipe(early, busy, 100).run();
  EXPECT_EQ(word(early.outcome()), "busy");
}

// With a device that a test writes out.
struct Talk {
  explicit Talk(std::string_view password = kEsphomePassword)
      : host(payload, password, &esphome_host_bits) {
    host.on_connected(Instant{});
  }
  std::string say(std::string_view words) {
    host.on_bytes(as_bytes(words), Instant{});
    return hear();
  }
  std::string hear() {
    std::string heard;
    std::array<std::byte, 1000> room;
    while (const std::size_t size = host.write_to(room)) {
      heard += as_text(Bytes(room).first(size));
    }
    return heard;
  }
  SamplePayload payload;
  EsphomeHost host;
};

TEST(EsphomeHostTest, AnswersAsInTheExamples) {
  Talk talk;
  EXPECT_EQ(talk.hear(), "\x6C\x26\xF7\x5C\x45");
  EXPECT_EQ(talk.say({"\0\2", 2}), "\7");
  EXPECT_EQ(talk.say("\x40\x02" + std::string(kEsphomeNonce)),
            std::string(kEsphomeCnonce) + std::string(kEsphomeResult));
  EXPECT_EQ(talk.say("A"), std::string("\0\0\x4E\x20", 4));
  EXPECT_EQ(talk.say("B").size(), 32u);
  EXPECT_EQ(talk.say("C").size(), 20'000u);
  EXPECT_EQ(talk.say("GGGD"), "");
  EXPECT_EQ(talk.say("E"), std::string(1, '\0'));
  EXPECT_EQ(word(talk.host.outcome()), "ok");
}

TEST(EsphomeHostTest, SendsGzipToWhomAsksForIt) {
  Talk talk("");
  (void)talk.hear();
  (void)talk.say({"\0\2", 2});
  EXPECT_EQ(talk.say("\x46\x41"), std::string("\0\0\3\x09", 4));
  (void)talk.say("B");
  EXPECT_EQ(talk.say("C").size(), 777u);
  EXPECT_TRUE(talk.host.gzip());
}

TEST(EsphomeHostTest, TestsEveryAnswerForAnErrorFirst) {
  const std::string steps[] = {std::string("\0", 1),
                               std::string("\2"),
                               "\x48",
                               std::string("\0", 1),
                               "\x02",
                               "8a851ff8",
                               std::string(kEsphomeNonce.substr(8)),
                               "A",
                               "B",
                               "C",
                               "G",
                               "D"};
  for (std::size_t stop = 0; stop <= std::size(steps); ++stop) {
    Talk talk;
    (void)talk.hear();
    for (std::size_t i = 0; i < stop; ++i) (void)talk.say(steps[i]);
    ASSERT_NE(talk.host.phase(), Phase::closed) << stop;
    (void)talk.say("\x89");
    EXPECT_EQ(word(talk.host.outcome()), "too_big") << stop;
  }
}

TEST(EsphomeHostTest, WhatIsNoAnswerIsAnError) {
  for (const std::string& words :
       std::vector<std::string>{std::string("\0\3", 2), "\1", std::string("\0\2", 2) + "\x41",
                                std::string("\0\2", 2) + "\x40\x03"}) {
    Talk talk;
    (void)talk.hear();
    for (const char c : words) (void)talk.say(std::string(1, c));
    EXPECT_EQ(word(talk.host.outcome()), "protocol");
  }
  Talk early("");
  (void)early.hear();
  (void)early.say({"\0\2", 2});
  for (const char* one : {"\x40", "A", "B"}) (void)early.say(one);
  early.host.on_bytes(as_bytes("C"), Instant{});
  early.host.on_bytes(as_bytes("D"), Instant{});
  EXPECT_EQ(word(early.host.outcome()), "protocol") << "received before it was sent";
}

TEST(EsphomeHostTest, ADeviceThatIsSilentIsLeft) {
  Talk talk;
  (void)talk.hear();
  talk.host.on_waiting(Instant{});
  talk.host.on_deadline(*talk.host.deadline());
  EXPECT_EQ(word(talk.host.outcome()), "timeout");
}

}  // namespace
}  // namespace updraft::link
