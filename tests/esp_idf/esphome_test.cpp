// ESPHome's native OTA at the service's door.
#include <gtest/gtest.h>

#include "protocols/esphome/esphome_host.hpp"
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
std::string push_esphome(std::uint16_t port, const Image& image, const std::string& password) {
  const int socket = connect_to(port);
  if (socket < 0) return "unreachable";
  EsphomeImage content(image);
  link::EsphomeHost host(content, password);
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
  std::string push(const Image& image, const std::string& password = "secret") {
    const std::uint16_t port = bench.config.esphome_port;
    auto sender =
        std::async(std::launch::async, [&] { return push_esphome(port, image, password); });
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

TEST_F(EsphomeOnChip, WithoutMemoryNothingStarts) {
  bench.chip.heap = sizeof(EsphomeDoor) - 1;
  EXPECT_EQ(bench.start(), ESP_ERR_NO_MEM);
}

}  // namespace
}  // namespace updraft::esp_idf
