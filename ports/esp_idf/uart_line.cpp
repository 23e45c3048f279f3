#include "ports/esp_idf/uart_line.hpp"

#include <algorithm>

#include "driver/uart.h"
#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {
namespace {

constexpr std::uint8_t kRtsAt = 100;  // bytes in the hardware's buffer of 128

uart_port_t port_of(const updraft_uart_t& line) { return static_cast<uart_port_t>(line.port); }

}  // namespace

UartLine::~UartLine() {
  if (installed_) (void)uart_driver_delete(port_of(line_));
}

esp_err_t UartLine::open() {
  const bool one_pin_of_two = (line_.rts_pin < 0) != (line_.cts_pin < 0);
  if (line_.port < 0 || line_.port >= static_cast<int>(UART_NUM_MAX) || line_.baud <= 0 ||
      one_pin_of_two) {
    ESP_LOGE(kLogTag, "uart: no such port, no speed, or one of rts_pin and cts_pin");
    return ESP_ERR_INVALID_ARG;
  }
  if (const esp_err_t err = prepare(); err != ESP_OK) return err;
  if (const esp_err_t err = set_up(); err != ESP_OK) {
    ESP_LOGE(kLogTag, "uart: port %d cannot be used", line_.port);
    return err;
  }
  begin();
  return ESP_OK;
}

void UartLine::begin() {
  const Held held(service_.lock());
  driver_.emplace(make_link(), tx_, link::LinkDriver::Line::serial);
  driver_->connected(now());
}

esp_err_t UartLine::set_up() {
  const uart_port_t port = port_of(line_);
  const esp_err_t err = uart_driver_install(port, kUartRxBytes, kUartTxBytes, 0, nullptr, 0);
  if (err != ESP_OK) return err;
  installed_ = true;
  uart_config_t config{};
  config.baud_rate = line_.baud;
  config.data_bits = UART_DATA_8_BITS;
  config.parity = UART_PARITY_DISABLE;
  config.stop_bits = UART_STOP_BITS_1;
  config.flow_ctrl = line_.rts_pin < 0 ? UART_HW_FLOWCTRL_DISABLE : UART_HW_FLOWCTRL_CTS_RTS;
  config.rx_flow_ctrl_thresh = kRtsAt;
  config.source_clk = UART_SCLK_DEFAULT;
  if (const esp_err_t set = uart_param_config(port, &config); set != ESP_OK) return set;
  return uart_set_pin(port, line_.tx_pin, line_.rx_pin, line_.rts_pin, line_.cts_pin);
}

bool UartLine::turn(Millis patience) {
  while (write()) {  // what had no room goes first: a full queue of answers drops requests
    const Held held(service_.lock());
    driver_->turn(in_time());
  }
  Bytes heard = hear(until_due(patience));
  do {
    const Held held(service_.lock());
    if (!heard.empty()) driver_->bytes(heard, now());
    heard = {};
    driver_->turn(in_time());
  } while (!driver_->over() && write());
  if (!driver_->over()) return true;
  // A restart empties the UART; a host that does not read is not waited for.
  (void)uart_wait_tx_done(port_of(line_), pdMS_TO_TICKS(link::kFlushMs.count()));
  if (!over()) return false;
  begin();
  return true;
}

Millis UartLine::until_due(Millis patience) const {
  const auto due = driver_->deadline();
  return due ? std::clamp(*due - now(), Millis{0}, patience) : patience;
}

// Now; but no deadline has come while bytes wait, which came in time, however long this task was
// kept from them.
Instant UartLine::in_time() const {
  std::size_t there = 0;
  const auto due = driver_->deadline();
  const bool waits = uart_get_buffered_data_len(port_of(line_), &there) == ESP_OK && there > 0;
  return waits && due ? std::min(now(), *due - Millis{1}) : now();
}

// The driver waits for all that it is asked for, so it is asked for one byte, then for what is
// there. The wait is at least one tick, so that a near deadline does not make this task spin.
Bytes UartLine::hear(Millis patience) {
  const uart_port_t port = port_of(line_);
  const TickType_t ticks = pdMS_TO_TICKS(patience.count()) + 1;
  if (uart_read_bytes(port, rx_.data(), 1, ticks) != 1) return {};
  std::size_t there = 0;
  if (uart_get_buffered_data_len(port, &there) != ESP_OK) there = 0;
  const auto more = static_cast<std::uint32_t>(std::min(there, rx_.size() - 1));
  const int got = more == 0 ? 0 : uart_read_bytes(port, rx_.data() + 1, more, 0);
  return Bytes(rx_).first(1 + static_cast<std::size_t>(std::max(got, 0)));
}

// A host that does not read gets what fits, and never stops this task.
bool UartLine::write() {
  const Bytes unsent = driver_->unsent();
  std::size_t room = 0;
  if (unsent.empty() || uart_get_tx_buffer_free_size(port_of(line_), &room) != ESP_OK) return false;
  if (room < unsent.size()) return false;
  (void)uart_write_bytes(port_of(line_), unsent.data(), unsent.size());
  driver_->sent(unsent.size());
  return true;
}

}  // namespace updraft::esp_idf
