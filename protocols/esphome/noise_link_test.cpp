// Noise around both ends of ESPHome's OTA.
#include "protocols/esphome/noise_link.hpp"

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/esphome/esphome_device.hpp"
#include "protocols/esphome/esphome_host.hpp"
#include "protocols/esphome/esphome_samples.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/pipe.hpp"

namespace updraft::link {
namespace {

NoiseKey noise_key(std::uint8_t seed) {
  std::array<std::byte, 32> bytes;
  bytes.fill(std::byte{seed});
  return NoiseKey(Bytes(bytes));
}

struct NoisePayload final : EsphomePayload {
  Bytes plain() override { return image; }
  Bytes gzipped() override { return {}; }
  std::vector<std::byte> image = samples::esphome_image(20'000);
};

// Both ends, with a key each; nullopt: it speaks in the clear.
struct NoiseEnds {
  NoiseEnds(std::optional<NoiseKey> of_host, std::optional<NoiseKey> of_device)
      : device(intake, guards, {.noise = of_device.has_value()}),
        host(payload, "", &crypto::random_bytes, of_host.has_value()) {
    if (of_host) host_noise.emplace(NoiseLink::Side::initiator, host, *of_host);
    if (of_device) device_noise.emplace(NoiseLink::Side::responder, device, *of_device);
  }
  Link& left() { return host_noise ? static_cast<Link&>(*host_noise) : host; }
  Link& right() { return device_noise ? static_cast<Link&>(*device_noise) : device; }

  NoisePayload payload;
  fakes::FakeIntake intake;
  LoginGuards guards;
  EsphomeDevice device;
  EsphomeHost host;
  std::optional<NoiseLink> host_noise, device_noise;
};

class NoiseTransfer : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Pieces, NoiseTransfer,
                         testing::Values<std::size_t>(1, 7, 1024, 1460, 65'536));

TEST_P(NoiseTransfer, BringsEveryByteAndProvesTheSender) {
  NoiseEnds ends(noise_key(1), noise_key(1));
  (void)Pipe(ends.left(), ends.right(), GetParam()).run();
  EXPECT_EQ(word(ends.left().outcome()), "ok");
  EXPECT_EQ(word(ends.right().outcome()), "ok");
  EXPECT_EQ(ends.intake.last_bytes, ends.payload.image);
  EXPECT_TRUE(ends.intake.offer.sender_proved);
}

TEST(NoiseLinkTest, AnotherKeyIsToldToBothAndBeginsNothing) {
  NoiseEnds ends(noise_key(1), noise_key(2));
  (void)Pipe(ends.left(), ends.right(), 100).run();
  EXPECT_EQ(word(ends.left().outcome()), "auth_failed");
  EXPECT_EQ(word(ends.right().outcome()), "auth_failed");
  EXPECT_EQ(ends.intake.calls, "");
}

TEST(NoiseLinkTest, NobodyFallsBackToTheClear) {
  NoiseEnds host_insists(noise_key(1), std::nullopt);
  (void)Pipe(host_insists.left(), host_insists.right(), 100).run();
  EXPECT_EQ(word(host_insists.left().outcome()), "alg_unsupported");
  EXPECT_EQ(host_insists.intake.calls, "");
  NoiseEnds device_insists(std::nullopt, noise_key(1));
  (void)Pipe(device_insists.left(), device_insists.right(), 100).run();
  EXPECT_EQ(word(device_insists.left().outcome()), "not_wanted");
  EXPECT_EQ(device_insists.left().outcome().error().found, 0x94u);
  EXPECT_EQ(device_insists.intake.calls, "");
}

// Any bit that is changed on the way, in the clear bytes as well, ends it without an update.
TEST(NoiseLinkTest, AChangedByteIsFound) {
  for (std::size_t at = 0; at < 400; ++at) {
    NoiseEnds ends(noise_key(1), noise_key(1));
    Pipe pipe(ends.left(), ends.right(), 64);
    std::size_t seen = 0;
    pipe.on_the_way = [&](MutableBytes bytes) {
      if (at >= seen && at < seen + bytes.size()) bytes[at - seen] ^= std::byte{0x10};
      seen += bytes.size();
      return bytes.size();
    };
    (void)pipe.run();
    ASSERT_NE(word(ends.right().outcome()), "ok") << at;
    ASSERT_EQ(ends.intake.calls.find("finish"), std::string::npos) << at;
    ASSERT_FALSE(ends.intake.in_session);
  }
}

TEST(NoiseLinkTest, BadFramesAreRefused) {
  for (const char* frame : {"\x02\x01\x31", "\x01\x05", "\x01\xff\xff"}) {
    NoiseEnds ends(std::nullopt, noise_key(1));
    Link& device = ends.right();
    device.on_connected(Instant{});
    std::array<std::byte, 300> room;
    device.on_bytes(kEsphomeMagic, Instant{});
    (void)device.write_to(room);
    device.on_bytes(std::array{std::byte{0x0F}}, Instant{});
    (void)device.write_to(room);
    device.on_bytes(as_bytes({frame, 3}), Instant{});
    EXPECT_EQ(device.phase(), Phase::closed);
    EXPECT_EQ(word(device.outcome()), "protocol");
  }
}

}  // namespace
}  // namespace updraft::link
