// The serial control path of a co-processor: the real host machine on the other end of a UART.
#include "ports/esp_idf/uart_door.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "protocols/control/control_host.hpp"
#include "tests/esp_idf/fake_uart.hpp"
#include "tests/esp_idf/service_bench.hpp"

namespace updraft::esp_idf {
namespace {

using testing::Contains;
using testing::HasSubstr;

class Uart : public testing::Test {
 protected:
  void SetUp() override {
    bench.chip.real_time = false;
    bench.config.allow_unsigned_control = true;
    host.on_connected(now());
  }
  ~Uart() override { door.reset(); }

  void start() {
    ASSERT_EQ(bench.start(), ESP_OK);
    door.emplace(*bench.service, line);
    ASSERT_EQ(door->open(), ESP_OK);
  }
  // The chip and the host in turn; false: the chip restarts.
  bool turn() {
    if (!door->turn(Millis{100})) return false;
    (void)bench.service->turn(Millis{0});
    FakeUart& wire = uart(1);
    const Image heard(wire.from_chip.begin(), wire.from_chip.end());
    wire.from_chip.clear();
    host.on_bytes(heard, now());
    if (host.deadline() && *host.deadline() <= now()) host.on_deadline(now());
    say();
    return true;
  }
  void say() {
    Image frame(link::kControlFrameBytes);
    frame.resize(host.write_to(frame));
    uart(1).send(frame);
  }
  // "ok", or the code, of what the host asked last.
  std::string answer() {
    say();
    while (host.waiting()) {
      if (!turn()) return "restarted";
    }
    return word(host.answer());
  }
  std::string begin() {
    host.begin(now());
    return answer();
  }
  std::string write(Bytes part) {
    host.write(part, now());
    return answer();
  }
  std::string end() {
    host.end(now());
    return answer();
  }
  std::string send(Bytes image) {
    if (const std::string begun = begin(); begun != "ok") return begun;
    for (; !image.empty(); image = image.subspan(std::min(image.size(), link::kControlChunk))) {
      const std::string written = write(at_most(image, link::kControlChunk));
      if (written != "ok") return written;
    }
    return end();
  }
  bool restarts_within(Millis time) {
    const Instant until = now() + time;
    while (now() < until) {
      if (!turn()) return true;
    }
    return false;
  }

  ServiceBench bench;
  updraft_uart_t line = updraft_uart_default();
  std::optional<UartDoor> door;
  link::ControlHost host;
};

TEST_F(Uart, TakesAnUpdateAndRestartsFiveSecondsLater) {
  start();
  EXPECT_EQ(send(make_image("2.0.0", 150 * 1024)), "ok");
  EXPECT_EQ(bench.ends, std::vector<std::string>{"ok"});
  bench.chip.restarted = false;
  EXPECT_FALSE(restarts_within(Millis{4'800}));
  EXPECT_TRUE(bench.service->turn(Millis{0})) << "the service leaves it to the door";
  EXPECT_TRUE(restarts_within(Millis{400}));
  EXPECT_TRUE(bench.chip.restarted);
  door.reset();
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(Uart, SaysWhatItIs) {
  bench.chip.project = "thermostat";
  start();
  host.ask_version(now());
  EXPECT_EQ(answer(), "ok");
  EXPECT_EQ(host.version().name.view(), "thermostat");
  EXPECT_EQ(host.restarts(), 1u) << "it told that it is up";
}

TEST_F(Uart, SetsTheLineUpAsAsked) {
  line.baud = 115'200;
  line.rts_pin = 6;
  line.cts_pin = 7;
  start();
  EXPECT_EQ(uart(1).config.baud_rate, 115'200);
  EXPECT_EQ(uart(1).config.flow_ctrl, UART_HW_FLOWCTRL_CTS_RTS);
  EXPECT_EQ(uart(1).tx_pin, 4);
  EXPECT_EQ(uart(1).rx_pin, 5);
  EXPECT_EQ(uart(1).rts_pin, 6);
  EXPECT_EQ(uart(1).cts_pin, 7);
}

TEST_F(Uart, WhatCannotBeIsAnErrorAndLeavesTheUartFree) {
  ASSERT_EQ(bench.start(), ESP_OK);
  const auto open = [this](auto change) {
    updraft_uart_t bad = updraft_uart_default();
    change(bad);
    return UartDoor(*bench.service, bad).open();
  };
  EXPECT_EQ(open([](auto& it) { it.port = UART_NUM_MAX; }), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(open([](auto& it) { it.port = -1; }), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(open([](auto& it) { it.baud = 0; }), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(open([](auto& it) { it.rts_pin = 3; }), ESP_ERR_INVALID_ARG);
  EXPECT_EQ(open([](auto& it) { it.cts_pin = 3; }), ESP_ERR_INVALID_ARG);
  uart(1).install_error = ESP_ERR_NO_MEM;
  EXPECT_EQ(open([](auto&) {}), ESP_ERR_NO_MEM);
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("uart: port 1 cannot be used")));
  uart(1).install_error = ESP_OK;
  EXPECT_EQ(open([](auto&) {}), ESP_OK);
  EXPECT_FALSE(uart(1).open) << "given back";
}

TEST_F(Uart, RefusesWithItsReasonAndTakesTheNextOne) {
  start();
  EXPECT_EQ(send(Image(8000, std::byte{'<'})), "not_wanted");
  EXPECT_EQ(bench.ends.back(), "not_an_image");
  EXPECT_EQ(send(make_image("2.0.0")), "ok");
}

TEST_F(Uart, UnsignedIsLetInOnlyByName) {
  bench.config.allow_unsigned_control = false;
  start();
  EXPECT_EQ(send(make_image("2.0.0")), "not_wanted");
  EXPECT_EQ(bench.ends.back(), "unsigned");
}

TEST_F(Uart, AsksTheApplication) {
  bench.config.may_install = [](const char* scheme, std::uint64_t, void*) {
    return std::string_view(scheme) != "control";
  };
  start();
  EXPECT_EQ(begin(), "not_wanted");
}

// A host that dies leaves its session open for 30 s, or until the next begin.
TEST_F(Uart, AHostThatDiesCostsNothing) {
  start();
  const Image image = make_image("2.0.0");
  ASSERT_EQ(begin(), "ok");
  ASSERT_EQ(write(at_most(image, 4000)), "ok");
  EXPECT_FALSE(restarts_within(Millis{31'000}));
  EXPECT_EQ(bench.ends.back(), "timeout");
  ASSERT_EQ(begin(), "ok");
  Image frame(link::kControlFrameBytes);  // and one within a frame
  frame.resize(link::encode_control_frame(
      link::ControlForm::current, {.id = link::control_id::kWrite, .uid = 99, .ota_data = image},
      frame));
  EXPECT_EQ(frame.size(), 0u) << "an image is more than a frame";
  frame.resize(link::kControlFrameBytes);
  frame.resize(link::encode_control_frame(
      link::ControlForm::current,
      {.id = link::control_id::kWrite, .uid = 99, .ota_data = at_most(image, 4000)}, frame));
  uart(1).send(Bytes(frame).first(frame.size() / 2));
  EXPECT_FALSE(restarts_within(Millis{1'500}));
  EXPECT_EQ(send(image), "ok");
  EXPECT_EQ(uart(1).lost, 0u);
}

TEST_F(Uart, AHostThatDoesNotReadStopsNobody) {
  start();
  uart(1).host_reads = false;
  uart(1).from_chip.resize(uart(1).tx_bytes);
  for (int i = 0; i < 20; ++i) {
    host.give_up();
    host.ask_version(now());
    say();
    ASSERT_TRUE(door->turn(Millis{100}));
  }
  uart(1).host_reads = true;
  uart(1).from_chip.clear();
  host.give_up();
  EXPECT_EQ(send(make_image("2.0.0")), "ok");
}

// What a host sent while this task was kept from its line came in time, also after the deadline.
TEST_F(Uart, BytesThatWaitComeBeforeADeadlineThatHasPassed) {
  start();
  const Image image = make_image("2.0.0");
  ASSERT_EQ(begin(), "ok");
  uart(1).host_reads = false;
  uart(1).from_chip.resize(uart(1).tx_bytes);
  host.write(at_most(image, 4000), now());
  say();
  ASSERT_TRUE(door->turn(Millis{100}));  // its answer has no room
  bench.chip.microseconds += 31'000'000;
  uart(1).from_chip.clear();
  uart(1).host_reads = true;
  host.give_up();
  host.write(Bytes(image).subspan(4000, 4000), now());
  say();
  ASSERT_TRUE(door->turn(Millis{100}));
  EXPECT_EQ(bench.ends, std::vector<std::string>{}) << "the session goes on";
}

// A restart empties the UART: what was said has left it before.
TEST_F(Uart, WhatIsSaidHasLeftBeforeTheChipRestarts) {
  start();
  ASSERT_EQ(send(make_image("2.0.0")), "ok");
  EXPECT_FALSE(uart(1).drained);
  EXPECT_TRUE(restarts_within(Millis{10'000}));
  EXPECT_TRUE(uart(1).drained);
}

// The driver's buffer holds any one frame, which is all that an original host sends while flash is
// busy.
TEST_F(Uart, ALongestFrameIsDroppedAndTheNextRequestAnswered) {
  start();
  Image frame(link::kControlFrameBytes, std::byte{0x55});
  link::write_control_head(link::ControlEndpoint::response, link::kTlvData, frame);
  uart(1).send(frame);
  EXPECT_EQ(uart(1).lost, 0u);
  EXPECT_FALSE(restarts_within(Millis{1'500}));
  host.ask_version(now());
  EXPECT_EQ(answer(), "ok");
}

TEST(UartC, NeedsTheServiceAndALine) {
  EXPECT_EQ(updraft_uart_start(nullptr), ESP_ERR_INVALID_ARG);
  const updraft_uart_t line = updraft_uart_default();
  EXPECT_EQ(line.port, 1);
  EXPECT_EQ(line.baud, 921'600);
  EXPECT_EQ(line.rts_pin, -1);
  EXPECT_EQ(line.task_stack, 4096u);
}

}  // namespace
}  // namespace updraft::esp_idf
