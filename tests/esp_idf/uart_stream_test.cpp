// Bare images on a chip's UART: the real host machine on the other end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "ports/esp_idf/uart_stream_door.hpp"
#include "protocols/uart/uart_sender.hpp"
#include "tests/esp_idf/fake_uart.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr const char* kKey = "12345678901234567890123456789012";
constexpr const char* kIv = "0123456789012345";

class UartStream : public testing::Test {
 protected:
  void SetUp() override {
    bench.chip.real_time = false;
    bench.config.allow_unsigned_uart = true;
    line.speaks = UPDRAFT_UART_STREAM;
    line.baud = 115'200;
  }
  ~UartStream() override { door.reset(); }

  void start() {
    ASSERT_EQ(bench.start(), ESP_OK);
    door.emplace(*bench.service, line);
    ASSERT_EQ(door->open(), ESP_OK);
  }
  // The chip and the host in turn; false: the chip restarts.
  bool turn(link::UartSender* host) {
    if (!door->turn(Millis{10})) return false;
    FakeUart& wire = uart(1);
    if (host != nullptr) {
      const Image heard(wire.from_chip.begin(), wire.from_chip.end());
      wire.from_chip.clear();
      if (!heard.empty()) host->on_bytes(heard, now());
      if (host->deadline() && *host->deadline() <= now()) host->on_deadline(now());
      std::array<std::byte, 256> room;
      while (const std::size_t size = host->write_to(room)) wire.send(Bytes(room).first(size));
      host->on_waiting(now());
    }
    return bench.service->turn(Millis{0});
  }
  // "ok": the device took every piece; "restarted" meanwhile.
  std::string send(Bytes image, const link::LinkCipher* cipher = nullptr) {
    link::MemorySource source(image);
    link::UartSender host(source, {.cipher = cipher, .baud = 115'200});
    host.on_connected(now());
    while (host.phase() != link::Phase::closed) {
      if (!turn(&host)) return "restarted";
    }
    return word(host.outcome());
  }
  bool restarts_within(Millis time) {
    const Instant until = now() + time;
    while (now() < until) {
      if (!turn(nullptr)) return true;
    }
    return false;
  }

  ServiceBench bench;
  updraft_uart_t line = updraft_uart_default();
  std::optional<UartStreamDoor> door;
};

TEST_F(UartStream, TakesAnImageAndTheServiceRestarts) {
  start();
  EXPECT_EQ(send(make_image("2.0.0", 150 * 1024)), "ok");
  EXPECT_EQ(bench.ends, std::vector<std::string>{"ok"});
  EXPECT_EQ(uart(1).lost, 0u) << "the driver's buffer holds what a host sends while flash is busy";
  EXPECT_TRUE(restarts_within(Millis{3'000}));
  door.reset();
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(UartStream, LeavesTheRestartToTheProductThatWantsIt) {
  bench.config.restart = false;
  start();
  EXPECT_EQ(send(make_image("2.0.0")), "ok");
  EXPECT_EQ(bench.ends, std::vector<std::string>{"ok"});
  EXPECT_FALSE(restarts_within(Millis{10'000}));
  EXPECT_EQ(send(make_image("3.0.0")), "timeout") << "an update waits for its restart";
  EXPECT_EQ(bench.ends.back(), "busy");
}

TEST_F(UartStream, Encrypted) {
  bench.config.raw_aes = UPDRAFT_AES_256_CBC;
  bench.config.raw_key = kKey;
  bench.config.raw_iv = kIv;
  start();
  const auto cipher = link::link_cipher(crypto::AesMode::cbc, kKey, kIv);
  EXPECT_EQ(send(make_image("2.0.0"), &*cipher), "ok");
  EXPECT_EQ(bench.ends, std::vector<std::string>{"ok"});
}

// Raw TCP is made with the same key, so the service itself says so first.
TEST_F(UartStream, AKeyThatDoesNotFitIsSaid) {
  bench.config.raw_aes = UPDRAFT_AES_256_CBC;
  bench.config.raw_key = "short";
  bench.service.emplace(bench.config);
  EXPECT_EQ(UartStreamDoor(*bench.service, line).open(), ESP_ERR_INVALID_ARG);
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("raw_key or raw_iv")));
  EXPECT_FALSE(uart(1).open);
}

TEST_F(UartStream, UnsignedIsLetInOnlyByName) {
  bench.config.allow_unsigned_uart = false;
  start();
  EXPECT_EQ(send(make_image("2.0.0")), "timeout") << "nothing is confirmed";
  EXPECT_EQ(bench.ends.back(), "unsigned");
}

TEST_F(UartStream, RefusesAndTakesTheNextOne) {
  start();
  EXPECT_EQ(send(Image(8000, std::byte{'<'})), "timeout");
  EXPECT_EQ(bench.ends.back(), "not_an_image");
  EXPECT_FALSE(restarts_within(Millis{3'000}));
  EXPECT_EQ(send(make_image("2.0.0")), "ok");
  EXPECT_EQ(bench.ends.back(), "ok");
}

TEST_F(UartStream, AsksTheApplication) {
  bench.config.may_install = [](const char* scheme, std::uint64_t, void*) {
    return std::string_view(scheme) != "uart";
  };
  start();
  EXPECT_EQ(send(make_image("2.0.0")), "timeout");
  EXPECT_EQ(bench.ends.back(), "not_wanted");
}

}  // namespace
}  // namespace updraft::esp_idf
