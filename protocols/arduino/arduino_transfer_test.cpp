// The connection back, alone and with both ends joined.
#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/arduino/arduino_download.hpp"
#include "protocols/arduino/arduino_samples.hpp"
#include "protocols/arduino/arduino_upload.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/pipe.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

ArduinoInvitation invitation_to(Bytes image) {
  crypto::Md5 hash;
  hash.update(image);
  return {.command = kArduinoApp, .port = 45'678, .size = image.size(), .md5 = hash.finish()};
}

struct Downloading {
  explicit Downloading(Bytes image) : link(intake, invitation_to(image), true) {
    EXPECT_TRUE(link.announce());
    link.on_connected(now);
    link.on_waiting(now);
  }
  std::string send(Bytes bytes, std::size_t piece = SIZE_MAX) {
    std::string heard;
    for (; !bytes.empty(); bytes = bytes.subspan(at_most(bytes, piece).size())) {
      link.on_bytes(at_most(bytes, piece), now);
      heard += hear();
      link.on_waiting(now);
    }
    return heard;
  }
  std::string hear() {
    std::string heard;
    std::array<std::byte, 256> room;
    while (const std::size_t size = link.write_to(room)) heard += as_text(Bytes(room).first(size));
    return heard;
  }
  std::string wait(Millis time) {
    const Instant until = now + time;
    std::string heard;
    while (link.phase() != Phase::closed && *link.deadline() <= until) {
      now = std::max(now, *link.deadline());
      link.on_deadline(now);
      heard += hear();
    }
    now = until;
    return heard;
  }
  fakes::FakeIntake intake;
  ArduinoDownload link;
  Instant now{1h};
};

const std::vector<std::byte> kImage = samples::arduino_image();

TEST(ArduinoDownloadTest, CountsEachReadAndThenSaysOk) {
  Downloading it(kImage);
  EXPECT_EQ(it.send(kImage, 1024), "102410241024102410241024102410241024784OK");
  EXPECT_EQ(it.intake.last_bytes, kImage);
  EXPECT_EQ(word(it.link.outcome()), "ok");
  EXPECT_EQ(it.intake.misuse, "");
}

// A host that does not read while it sends fills no memory.
TEST(ArduinoDownloadTest, CountsThatWaitBecomeOne) {
  Downloading it(kImage);
  for (std::size_t at = 0; at < 9000; at += 1000) {
    it.link.on_bytes(Bytes(kImage).subspan(at, 1000), it.now);
  }
  EXPECT_EQ(it.hear(), "1000");
}

TEST(ArduinoDownloadTest, AnySilenceEndsItAndTheCountIsSaidThreeTimes) {
  Downloading it(kImage);
  EXPECT_EQ(it.send(Bytes(kImage).first(600)), "600");
  EXPECT_EQ(it.wait(3 * kArduinoSilenceMs), "600600600");
  const std::string end = it.wait(kArduinoSilenceMs);
  EXPECT_EQ(end.substr(0, 8), "timeout:") << end;
  EXPECT_EQ(word(it.link.outcome()), "timeout");
  EXPECT_EQ(it.intake.calls, "begin abort:timeout");
}

TEST(ArduinoDownloadTest, WhoSendsNothingIsGivenFourSeconds) {
  Downloading it(kImage);
  const std::string said = it.wait(kArduinoFirstBytesMs);
  EXPECT_EQ(said.substr(0, 8), "timeout:");
  EXPECT_EQ(it.intake.reports, "timeout");
  Downloading drips(kImage);
  for (int i = 0; i < 20 && drips.link.phase() != Phase::closed; ++i) {
    (void)drips.wait(900ms);
    (void)drips.send(Bytes(kImage).subspan(static_cast<std::size_t>(i), 1));
  }
  EXPECT_EQ(drips.intake.reports, "timeout");
}

TEST(ArduinoDownloadTest, ADripThatHasTheEngineIsEnded) {
  Downloading it(kImage);
  (void)it.send(Bytes(kImage).first(100));
  for (std::size_t i = 100; i < 160 && it.link.phase() != Phase::closed; ++i) {
    (void)it.wait(990ms);
    (void)it.send(Bytes(kImage).subspan(i, 1));
  }
  EXPECT_EQ(it.intake.calls, "begin abort:timeout");
}

TEST(ArduinoDownloadTest, OtherBytesThanWereAnnouncedAreRefused) {
  std::vector<std::byte> other = kImage;
  other.back() ^= std::byte{1};
  Downloading it(kImage);
  const std::string said = it.send(other);
  EXPECT_EQ(said.substr(0, 21), "10000digest_mismatch:") << said;
  EXPECT_EQ(it.intake.calls, "begin abort:digest_mismatch");
}

TEST(ArduinoDownloadTest, WhatComesBehindTheImageMeansNothing) {
  for (const std::size_t piece : {1u, 1024u, 20'000u}) {
    std::vector<std::byte> more = kImage;
    more.resize(more.size() + 100);
    Downloading it(kImage);
    const std::string said = it.send(more, piece);
    EXPECT_EQ(said.substr(said.size() - 2), "OK");
    EXPECT_EQ(it.intake.last_bytes, kImage);
  }
}

TEST(ArduinoDownloadTest, TheRefusalOfTheEngineIsALine) {
  Downloading it(kImage);
  it.intake.write_error = Code::wrong_chip;
  it.intake.write_error_from = 288;
  EXPECT_EQ(it.send(kImage, 1024),
            "1024wrong_chip: The image was built for another chip; build it for this one.\n");
  EXPECT_EQ(it.link.phase(), Phase::open) << "an end in order would look like a success";
  EXPECT_EQ(it.intake.in_session, false);
  (void)it.wait(kArduinoRefusedMs);
  EXPECT_EQ(it.link.phase(), Phase::closed);
}

TEST(ArduinoDownloadTest, ACutAtAnyByteIsNoSuccess) {
  const auto image = samples::arduino_image(3000);
  for (std::size_t cut = 0; cut < image.size(); ++cut) {
    Downloading it(image);
    (void)it.send(Bytes(image).first(cut));
    it.link.on_lost(it.now);
    ASSERT_EQ(word(it.link.outcome()), "aborted") << cut;
    ASSERT_FALSE(it.intake.in_session);
    ASSERT_EQ(it.intake.misuse, "");
    ASSERT_EQ(cut < kClaimBytes ? it.intake.reports : it.intake.calls,
              cut < kClaimBytes ? "aborted" : "begin abort:aborted");
  }
}

// Both ends.

class ArduinoTransfer : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Pieces, ArduinoTransfer,
                         testing::Values<std::size_t>(64, 100, 1024, 1460, 65'536));

TEST_P(ArduinoTransfer, BringsEveryByte) {
  for (const std::size_t size : {1u, 15u, 16u, 17u, 1023u, 1024u, 1025u, 100'003u}) {
    const auto image = samples::arduino_image(size);
    fakes::FakeIntake intake;
    ArduinoDownload device(intake, invitation_to(image), true);
    ASSERT_TRUE(device.announce());
    MemorySource source(image);
    ArduinoUpload host(source);
    EXPECT_EQ(Pipe(host, device, GetParam()).run(), Millis{0});
    EXPECT_EQ(word(host.outcome()), "ok") << size;
    EXPECT_EQ(intake.last_bytes, image);
    EXPECT_EQ(host.sent(), host.total());
  }
}

TEST(ArduinoTransferTest, TheHostHearsWhy) {
  const auto image = samples::arduino_image(100'000);
  for (const Code why : {Code::wrong_chip, Code::bad_hash, Code::known_bad}) {
    fakes::FakeIntake intake;
    intake.write_error = why;
    ArduinoDownload device(intake, invitation_to(image), true);
    ASSERT_TRUE(device.announce());
    MemorySource source(image);
    ArduinoUpload host(source);
    (void)Pipe(host, device, 1460).run();
    EXPECT_EQ(word(host.outcome()), name(why));
  }
}

// The host alone, with what originals say.

struct Uploading {
  explicit Uploading(Bytes image) : source(image), link(source) { link.on_connected(now); }
  void send_all() {
    std::array<std::byte, 1460> room;
    while (link.write_to(room) > 0) {
    }
  }
  std::string hear(std::string_view text, std::size_t piece = SIZE_MAX) {
    for (; !text.empty(); text = text.substr(std::min(piece, text.size()))) {
      link.on_bytes(as_bytes(text.substr(0, piece)), now);
    }
    return link.phase() == Phase::closed ? word(link.outcome()) : "open";
  }
  MemorySource source;
  ArduinoUpload link;
  Instant now{1h};
};

TEST(ArduinoUploadTest, FindsOkOverAnyBorder) {
  for (const std::size_t piece : {1u, 2u, 3u, 100u}) {
    for (const char* text : {"1024600424784OK", "OK", "784OK", "1024 784\nOK", "784OKOK"}) {
      Uploading it(kImage);
      it.send_all();
      EXPECT_EQ(it.hear(text, piece), "ok") << text;
    }
  }
}

TEST(ArduinoUploadTest, OkBeforeTheEndIsNone) {
  Uploading it(kImage);
  EXPECT_EQ(it.hear("1024OK"), "protocol");
}

TEST(ArduinoUploadTest, WordsOfAnOriginalAreARefusal) {
  for (const char* text :
       {"ERROR[9]: Bad Size Given\r\n", "1024Flash Write Failed\n", "Out of space\n"}) {
    Uploading it(kImage);
    EXPECT_EQ(it.hear(text), "not_wanted") << text;
    EXPECT_FALSE(it.link.said().empty());
  }
  Uploading cut(kImage);
  EXPECT_EQ(cut.hear("No Partition"), "open");
  cut.link.on_lost(cut.now);
  EXPECT_EQ(word(cut.link.outcome()), "not_wanted");
}

TEST(ArduinoUploadTest, AClosedConnectionWithoutOkIsNoResult) {
  Uploading it(kImage);
  it.send_all();
  EXPECT_EQ(it.hear("1024"), "open");
  it.link.on_peer_done(it.now);
  ASSERT_EQ(word(it.link.outcome()), "aborted");
  EXPECT_EQ(it.link.outcome().error().found, it.link.outcome().error().expected);
}

TEST(ArduinoUploadTest, WaitsForTheResultAndNotForEver) {
  Uploading it(kImage);
  it.send_all();
  it.link.on_waiting(it.now);
  ASSERT_TRUE(it.link.deadline());
  it.now = *it.link.deadline();
  it.link.on_deadline(it.now);
  EXPECT_EQ(word(it.link.outcome()), "timeout");
}

}  // namespace
}  // namespace updraft::link
