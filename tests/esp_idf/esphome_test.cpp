// ESPHome's native OTA at the service's door.
#include <gtest/gtest.h>

#include "protocols/esphome/esphome_host.hpp"
#include "protocols/esphome/noise_link.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

class EsphomeImage final : public link::EsphomePayload {
 public:
  explicit EsphomeImage(const Image& image) : image_(image) {}
  Bytes plain() override { return image_; }
  Bytes gzipped() override { return {}; }

 private:
  const Image& image_;
};

// What `updraft push FILE esphome://` does: "ok", or the code of what went wrong.
std::string push_esphome(std::uint16_t port, const Image& image, const std::string& password,
                         const std::optional<link::NoiseKey>& key) {
  const int socket = connect_to(port);
  if (socket < 0) return "unreachable";
  EsphomeImage content(image);
  link::EsphomeHost inner(content, password, &crypto::random_bytes, key.has_value());
  std::optional<link::NoiseLink> noise;
  if (key) noise.emplace(link::NoiseLink::Side::initiator, inner, *key);
  link::Link& host = noise ? static_cast<link::Link&>(*noise) : inner;
  host.on_connected(Instant{});
  std::array<std::byte, 1460> wire;
  while (host.phase() != link::Phase::closed) {
    if (const std::size_t size = host.write_to(wire); size > 0) {
      send_all(socket, Bytes(wire).first(size));
      continue;
    }
    const ssize_t got = ::recv(socket, wire.data(), wire.size(), 0);
    if (got <= 0) {
      host.on_peer_done(Instant{});
    } else {
      host.on_bytes(Bytes(wire).first(static_cast<std::size_t>(got)), Instant{});
    }
  }
  (void)::close(socket);
  return host.outcome() ? "ok" : std::string(name(host.outcome().error().code));
}

struct EsphomeOnChip : testing::Test {
  EsphomeOnChip() {
    bench.config.esphome_port = free_port();
    bench.config.esphome_password = "secret";
  }
  std::string push(const Image& image, const std::string& password = "secret",
                   const char* key = nullptr) {
    const std::uint16_t port = bench.config.esphome_port;
    const auto noise = key != nullptr ? link::read_noise_key(key) : std::nullopt;
    auto sender =
        std::async(std::launch::async, [&] { return push_esphome(port, image, password, noise); });
    (void)bench.turn_until(
        [&] { return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
    return sender.get();
  }
  ServiceBench bench;
};

TEST_F(EsphomeOnChip, TakesWhatKnowsThePassword) {
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push(make_image("2.0.0")), "ok");
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(EsphomeOnChip, AndNobodyElse) {
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push(make_image("2.0.0"), "another"), "auth_failed");
  EXPECT_EQ(bench.ends.back(), "auth_failed");
}

TEST_F(EsphomeOnChip, WithNoPasswordTheGateDecides) {
  bench.config.esphome_password = nullptr;
  ASSERT_EQ(bench.start(), ESP_OK);
  const std::uint64_t before = bench.chip.flash().operations();
  EXPECT_EQ(push(make_image("2.0.0")), "signature_invalid") << "the nearest byte that there is";
  EXPECT_EQ(bench.ends.back(), "unsigned");
  EXPECT_EQ(bench.chip.flash().operations(), before);
}

TEST_F(EsphomeOnChip, OrIsLetInByName) {
  bench.config.esphome_password = nullptr;
  bench.config.allow_unsigned_esphome = true;
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push(make_image("2.0.0")), "ok");
}

constexpr const char* kKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr const char* kOtherKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh4=";

TEST_F(EsphomeOnChip, TakesByNoiseWhatHasTheKey) {
  bench.config.esphome_key = kKey;
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push(make_image("2.0.0"), "", kKey), "ok");
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(EsphomeOnChip, WithAKeyNothingElseComesIn) {
  bench.config.esphome_key = kKey;
  bench.config.allow_unsigned_esphome = true;
  ASSERT_EQ(bench.start(), ESP_OK);
  const std::uint64_t before = bench.chip.flash().operations();
  EXPECT_EQ(push(make_image("2.0.0"), "", kOtherKey), "auth_failed");
  EXPECT_EQ(push(make_image("2.0.0")), "not_wanted") << "in the clear, with the right password";
  EXPECT_EQ(bench.chip.flash().operations(), before);
  EXPECT_EQ(push(make_image("2.0.0"), "", kKey), "ok") << "and they hold no place";
}

TEST_F(EsphomeOnChip, WithoutAKeyNoHostThatWantsOneIsServedInTheClear) {
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push(make_image("2.0.0"), "", kKey), "alg_unsupported");
  EXPECT_EQ(bench.events, std::vector<updraft_event_id_t>{});
}

TEST_F(EsphomeOnChip, AKeyIs44Characters) {
  for (const char* const bad : {"", "AAEC", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
                                "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8-"}) {
    bench.config.esphome_key = bad;
    EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG) << bad;
  }
}

TEST_F(EsphomeOnChip, WithoutMemoryNothingStarts) {
  bench.chip.heap = sizeof(EsphomeDoor) - 1;
  EXPECT_EQ(bench.start(), ESP_ERR_NO_MEM);
}

}  // namespace
}  // namespace updraft::esp_idf
