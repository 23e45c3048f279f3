#include "protocols/esphome/esphome_device.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/esphome/esphome_samples.hpp"
#include "tests/fakes/fake_intake.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using namespace samples;

// "40 41" as its bytes.
std::string bytes(std::string_view hex) {
  std::string made;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 3) {
    made += static_cast<char>(hex_value(hex[at]) * 16 + hex_value(hex[at + 1]));
  }
  return made;
}
const std::string kMagic = bytes("6c 26 f7 5c 45");
const std::string kOld = bytes("01"), kNew = bytes("03"), kNewest = bytes("07");
const std::vector<std::byte> kImage = esphome_image(20'000);

std::string text(Bytes bytes) { return std::string(as_text(bytes)); }

std::string md5_of(Bytes image) {
  crypto::Md5 hash;
  hash.update(image);
  std::array<std::byte, 32> hex;
  write_hex(hash.finish(), hex);
  return text(hex);
}

class EsphomeDevices : public testing::Test {
 protected:
  void connect(EsphomeDevice::Config config = {.password = kEsphomePassword}) {
    config.random = &esphome_bits;
    if (device && device->phase() != Phase::closed) device->on_lost(now);
    device.emplace(intake, guards, config);
    device->on_connected(now);
    device->on_waiting(now);
  }
  std::string hear() {
    std::string heard;
    std::array<std::byte, 7> room;
    while (const std::size_t size = device->write_to(room)) {
      heard += text(Bytes(room).first(size));
    }
    return heard;
  }
  std::string say(std::string_view words, std::size_t piece = SIZE_MAX) {
    std::string heard;
    for (; !words.empty(); words = words.substr(std::min(piece, words.size()))) {
      device->on_bytes(as_bytes(words.substr(0, piece)), now);
      heard += hear();
      if (device->phase() != Phase::closed) device->on_waiting(now);
    }
    return heard;
  }
  std::string wait(Millis time) {
    const Instant until = now + time;
    std::string heard;
    while (device->phase() != Phase::closed && *device->deadline() <= until) {
      now = std::max(now, *device->deadline());
      device->on_deadline(now);
      heard += hear();
      if (device->phase() != Phase::closed) device->on_waiting(now);
    }
    now = until;
    return heard;
  }
  static std::string length(std::size_t size) {
    std::array<std::byte, 4> field;
    store_be(field, size);
    return text(field);
  }
  std::string outcome() const {
    const Result<> result = device->outcome();
    return word(result);
  }
  // All that a host says, and what the device says to it.
  std::string whole(const std::string& features, Bytes image, std::size_t piece) {
    std::string said = kMagic + features;
    if (!(load_u8(as_bytes(features), 0) & kEsphomeSha256)) {
      said += std::string(kEsphomeCnonceMd5) +
              std::string(esphome_result(EsphomeHash::md5, kEsphomePassword,
                                         kEsphomeNonce.substr(0, 32), kEsphomeCnonceMd5)
                              .view());
    } else {
      said += std::string(kEsphomeCnonce) + std::string(kEsphomeResult);
    }
    if (features == kNewest) said += '\0';
    said += length(image.size()) + md5_of(image) + text(image) + '\0';
    return say(said, piece);
  }

  fakes::FakeIntake intake;
  LoginGuards guards;
  std::optional<EsphomeDevice> device;
  Instant now{7h};
};

// SPEC.md: 20000 bytes are three acknowledgements.
// Security row 17, with the real generator.
TEST_F(EsphomeDevices, ChallengesAreFresh) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    device.emplace(intake, guards, EsphomeDevice::Config{.password = kEsphomePassword});
    device->on_connected(now);
    device->on_bytes(as_bytes(kMagic), now);
    (void)hear();
    device->on_bytes(as_bytes(kNew), now);
    EXPECT_TRUE(seen.insert(hear()).second) << i;
    device->on_lost(now);
  }
  EXPECT_GT(seen.begin()->size(), 64u) << "they are nonces";
}

TEST_F(EsphomeDevices, EachGenerationInAnyPieces) {
  struct Row {
    std::string features, header, asks;
    EsphomeDevice::Config config;
    std::string acknowledged;
  };
  const std::string sha = bytes("02") + std::string(kEsphomeNonce);
  const std::string md5 = bytes("01") + std::string(kEsphomeNonce.substr(0, 32));
  const Row rows[] = {
      {kOld, bytes("40"), md5, {}, "GGG"},          {kNew, bytes("40"), sha, {}, "GGG"},
      {kNewest, bytes("48 00"), sha, {}, "GGG"},    {kOld, bytes("40"), md5, {.version = 1}, ""},
      {kNew, bytes("40"), sha, {.version = 1}, ""},
  };
  for (Row row : rows) {
    for (const std::size_t piece : {1u, 100u, 1024u, 8192u, 100'000u}) {
      row.config.password = kEsphomePassword;
      connect(row.config);
      const std::string version = {'\0', static_cast<char>(row.config.version)};
      std::string heard = whole(row.features, kImage, piece);
      std::string want =
          version + row.header + row.asks + "A" + "B" + "C" + row.acknowledged + "D" + "E";
      if (piece == 100'000u) {  // acknowledgements go first, whatever else waits
        std::ranges::sort(heard);
        std::ranges::sort(want);
      }
      EXPECT_EQ(heard, want) << piece;
      EXPECT_EQ(intake.last_bytes, kImage);
      EXPECT_TRUE(intake.offer.sender_proved);
      EXPECT_EQ(outcome(), "ok");
      EXPECT_EQ(device->phase(), Phase::closed) << "after the final acknowledgement";
    }
  }
  EXPECT_EQ(intake.misuse, "");
}

TEST_F(EsphomeDevices, WithoutAPasswordNothingIsAskedAndNothingProved) {
  connect({});
  EXPECT_EQ(say(kMagic + kOld), bytes("00 02 40 41"));
  EXPECT_EQ(say(length(kImage.size())), "B");
  EXPECT_FALSE(intake.offer.sender_proved);
}

TEST_F(EsphomeDevices, ADeviceOfThePastAsksByMd5AndKnowsNoLongerHeader) {
  connect({.password = kEsphomePassword, .legacy = true});
  EXPECT_EQ(say(kMagic + kNewest).substr(0, 4), bytes("00 02 40 01"));
}

TEST_F(EsphomeDevices, TheLostFinalAcknowledgementIsNoError) {
  connect({});
  std::string said = kMagic + kNew + length(kImage.size()) + md5_of(kImage) + text(kImage);
  (void)say(said, 1000);
  EXPECT_EQ(outcome(), "ok");
  (void)wait(kEsphomeLastMs);
  EXPECT_EQ(device->phase(), Phase::closed);
  EXPECT_EQ(outcome(), "ok");
}

TEST_F(EsphomeDevices, Refusals) {
  connect({});
  EXPECT_EQ(say("GET /"), bytes("80"));
  EXPECT_EQ(device->phase(), Phase::half_closed);
  EXPECT_FALSE(device->attempted());
  connect();
  const std::string wrong(64, '0');
  EXPECT_EQ(say(kMagic + kNew + std::string(kEsphomeCnonce) + wrong).back(), '\x82');
  EXPECT_EQ(intake.reports, "auth_failed");
  connect({});
  EXPECT_EQ(say(kMagic + kNewest + '\1'), bytes("00 02 48 00 41 8e"));
  connect({});
  intake.welcome_error = Code::too_big;
  EXPECT_EQ(say(kMagic + kNew + length(5u << 20)), bytes("00 02 40 41 89"));
  intake.welcome_error.reset();
  connect({});
  EXPECT_EQ(say(kMagic + kNew + length(0)), bytes("00 02 40 41 81"));
  connect({});
  EXPECT_EQ(say(kMagic + kNew + length(100) + std::string(32, 'x')), bytes("00 02 40 41 42 80"));
  connect({});
  const std::string head = kMagic + kNew + length(kImage.size());
  EXPECT_EQ(say(head + std::string(32, '0') + text(kImage), 4096),
            bytes("00 02 40 41 42 43 47 47 47 44 8b"));
  EXPECT_FALSE(intake.in_session);
  connect({});
  intake.write_error = Code::wrong_chip;
  EXPECT_EQ(say(head + md5_of(kImage) + text(kImage), 4096), bytes("00 02 40 41 42 43 84"));
  EXPECT_EQ(intake.misuse, "");
}

TEST_F(EsphomeDevices, WrongPasswordsAreSlowAndThenLockTheirAddressAlone) {
  const std::string wrong = std::string(kEsphomeCnonce) + std::string(64, '0');
  for (unsigned i = 0; i < kLoginLockAfter; ++i) {
    connect({.password = kEsphomePassword, .from = 2});
    std::string heard = say(kMagic + kNew);
    heard += wait(kLoginDelayMs);
    EXPECT_EQ(heard, bytes("00 02 40 02") + std::string(kEsphomeNonce)) << i;
    EXPECT_EQ(say(wrong), bytes("82"));
  }
  connect({.password = kEsphomePassword, .from = 2});
  EXPECT_EQ(say(kMagic + kNew), bytes("00 02 40 82")) << "nobody is asked";
  EXPECT_EQ(outcome(), "locked");
  connect({.password = kEsphomePassword, .from = 3});
  EXPECT_EQ(say(kMagic + kNew).substr(3, 1), bytes("02"));
}

TEST_F(EsphomeDevices, ACutAtAnyByteIsNoSuccess) {
  const auto image = esphome_image(300);
  const std::string said = kMagic + kNewest + std::string(kEsphomeCnonce) +
                           std::string(kEsphomeResult) + '\0' + length(image.size()) +
                           md5_of(image) + text(image);
  for (std::size_t cut = 0; cut < said.size(); ++cut) {
    connect();
    (void)say(said.substr(0, cut));
    device->on_lost(now);
    ASSERT_EQ(outcome(), "aborted") << cut;
    ASSERT_FALSE(intake.in_session);
    ASSERT_EQ(intake.misuse, "");
  }
}

TEST_F(EsphomeDevices, SilenceEndsIt) {
  connect({});
  (void)wait(kEsphomeGreetingMs);
  EXPECT_EQ(outcome(), "timeout");
  EXPECT_EQ(intake.reports, "") << "a stranger is no update";
  connect({});
  (void)say(kMagic + kNew + length(kImage.size()) + md5_of(kImage) + text(kImage).substr(0, 100));
  (void)wait(kEsphomeSilenceMs);
  EXPECT_EQ(intake.calls, "begin abort:timeout");
  (void)wait(kEsphomeDrainMs);
  EXPECT_EQ(device->phase(), Phase::closed);
}

TEST_F(EsphomeDevices, ADripIsEnded) {
  connect({});
  (void)say(kMagic + kNew + length(kImage.size()) + md5_of(kImage) + text(kImage).substr(0, 100));
  for (std::size_t i = 100; i < 200 && device->phase() == Phase::open; ++i) {
    (void)wait(1s);
    (void)say(text(kImage).substr(i, 1));
  }
  EXPECT_EQ(intake.calls, "begin abort:timeout");
}

}  // namespace
}  // namespace updraft::link
