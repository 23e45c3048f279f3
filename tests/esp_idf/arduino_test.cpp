// ArduinoOTA at the service's door: invited by UDP, the service calls back by TCP.
#include <gtest/gtest.h>

#include "tests/esp_idf/arduino_sender.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

struct ArduinoOnChip : testing::Test {
  ArduinoOnChip() {
    bench.config.arduino_port = free_port();
    bench.config.arduino_password = "secret";
  }
  std::string push(const Image& image, const std::string& password = "secret") {
    auto sender = std::async(std::launch::async, [&] {
      return ArduinoSender(bench.config.arduino_port, image, password).run();
    });
    (void)bench.turn_until(
        [&] { return sender.wait_for(std::chrono::seconds{0}) == std::future_status::ready; });
    return sender.get();
  }
  ServiceBench bench;
};

TEST_F(ArduinoOnChip, IsInvitedAndCallsBack) {
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push(make_image("2.0.0")), "ok");
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(ArduinoOnChip, WithoutItsPasswordNothingComesIn) {
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push(make_image("2.0.0"), "another"), "auth_failed");
  EXPECT_EQ(bench.ends.back(), "auth_failed");
}

TEST_F(ArduinoOnChip, WithNoPasswordTheGateDecides) {
  bench.config.arduino_password = nullptr;
  ASSERT_EQ(bench.start(), ESP_OK);
  const std::uint64_t before = bench.chip.flash().operations();
  EXPECT_EQ(push(make_image("2.0.0")), "unsigned");
  EXPECT_EQ(bench.chip.flash().operations(), before);
}

TEST_F(ArduinoOnChip, OrIsLetInByName) {
  bench.config.arduino_password = nullptr;
  bench.config.allow_unsigned_arduino = true;
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_EQ(push(make_image("2.0.0")), "ok");
}

TEST_F(ArduinoOnChip, AHostThatIsNotThereIsTold) {
  bench.config.arduino_password = nullptr;
  bench.config.allow_unsigned_arduino = true;
  ASSERT_EQ(bench.start(), ESP_OK);
  const int udp = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(bench.config.arduino_port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string invitation =
      "0 " + std::to_string(free_port()) + " 10000 bbf1c77538f97ceeb1e03126edaa3594\n";
  (void)::sendto(udp, invitation.data(), invitation.size(), 0, reinterpret_cast<sockaddr*>(&to),
                 sizeof to);
  EXPECT_TRUE(bench.ends_with("unreachable"));
  (void)::close(udp);
  EXPECT_EQ(push(make_image("2.0.0")), "ok");
}

TEST_F(ArduinoOnChip, AnInvitationWithoutMemoryForItIsForgotten) {
  bench.config.reserve_memory = false;
  ASSERT_EQ(bench.start(), ESP_OK);
  const int before = FakeChip::pieces;
  bench.chip.heap = SocketDriver::kWorkBytes - 1;
  const int udp = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(bench.config.arduino_port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)::sendto(udp, "0", 1, 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  const auto said = [&] {
    return std::ranges::count_if(bench.chip.log, [](const std::string& line) {
      return line.contains("no connection: of the ");
    });
  };
  EXPECT_TRUE(bench.turn_until([&] { return said() != 0; }));
  for (int i = 0; i < 10; ++i) (void)bench.service->turn(Millis{5});
  EXPECT_EQ(said(), 1) << "it does not wait any more";
  (void)::close(udp);
  bench.chip.heap = 1 << 20;
  EXPECT_EQ(push(make_image("2.0.0")), "ok");
  EXPECT_TRUE(bench.turn_until([&] { return FakeChip::pieces == before; }));
}

TEST_F(ArduinoOnChip, WithoutMemoryNothingStarts) {
  bench.chip.heap = sizeof(ArduinoDoor) - 1;
  EXPECT_EQ(bench.start(), ESP_ERR_NO_MEM);
}

TEST_F(ArduinoOnChip, APortThatIsTakenIsSaid) {
  const int other = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(bench.config.arduino_port);
  (void)::bind(other, reinterpret_cast<sockaddr*>(&at), sizeof at);
  EXPECT_EQ(bench.start(), ESP_FAIL);
  (void)::close(other);
}

}  // namespace
}  // namespace updraft::esp_idf
