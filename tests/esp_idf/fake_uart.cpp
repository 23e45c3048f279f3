#include "tests/esp_idf/fake_uart.hpp"

#include <thread>

#include "tests/esp_idf/fake_chip.hpp"

using updraft::esp_idf::chip;
using updraft::esp_idf::uart;

namespace updraft::esp_idf {

FakeUart& uart(int port) {
  static std::array<FakeUart, UART_NUM_MAX> all;
  return all[static_cast<std::size_t>(port)];
}

void FakeUart::send(Bytes bytes) {
  for (const std::byte byte : bytes) {
    if (to_chip.size() < rx_bytes) {
      to_chip.push_back(byte);
    } else {
      ++lost;
    }
  }
}

}  // namespace updraft::esp_idf

extern "C" {

esp_err_t uart_driver_install(uart_port_t port, int rx_buffer_size, int tx_buffer_size, int,
                              QueueHandle_t*, int) {
  if (uart(port).open) return ESP_FAIL;
  if (uart(port).install_error != ESP_OK) return uart(port).install_error;
  uart(port).open = true;
  uart(port).rx_bytes = static_cast<std::size_t>(rx_buffer_size);
  uart(port).tx_bytes = static_cast<std::size_t>(tx_buffer_size);
  return ESP_OK;
}
esp_err_t uart_driver_delete(uart_port_t port) {
  uart(port) = {};
  return ESP_OK;
}
esp_err_t uart_param_config(uart_port_t port, const uart_config_t* config) {
  uart(port).config = *config;
  return ESP_OK;
}
esp_err_t uart_set_pin(uart_port_t port, int tx, int rx, int rts, int cts) {
  uart(port).tx_pin = tx;
  uart(port).rx_pin = rx;
  uart(port).rts_pin = rts;
  uart(port).cts_pin = cts;
  return ESP_OK;
}
int uart_read_bytes(uart_port_t port, void* buf, uint32_t length, TickType_t ticks) {
  using updraft::esp_idf::FakeTasks;
  auto& waiting = uart(port).to_chip;
  const bool is_task = FakeTasks::is_task();
  if (is_task) {
    chip().tasks.waits();
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  const std::lock_guard held(chip().inside);
  if (!is_task && waiting.size() < length) chip().microseconds += std::int64_t{ticks} * 10'000;
  const auto size = static_cast<std::ptrdiff_t>(std::min<std::size_t>(length, waiting.size()));
  std::copy_n(waiting.begin(), size, static_cast<std::byte*>(buf));
  waiting.erase(waiting.begin(), waiting.begin() + size);
  return static_cast<int>(size);
}
int uart_write_bytes(uart_port_t port, const void* src, size_t size) {
  if (size > uart(port).room()) std::abort();  // it would wait for ever
  const auto* const bytes = static_cast<const std::byte*>(src);
  const std::lock_guard held(chip().inside);
  uart(port).from_chip.insert(uart(port).from_chip.end(), bytes, bytes + size);
  return static_cast<int>(size);
}
esp_err_t uart_get_buffered_data_len(uart_port_t port, size_t* size) {
  const std::lock_guard held(chip().inside);
  *size = uart(port).to_chip.size();
  return ESP_OK;
}
esp_err_t uart_wait_tx_done(uart_port_t port, TickType_t) {
  uart(port).drained = true;
  return ESP_OK;
}
esp_err_t uart_get_tx_buffer_free_size(uart_port_t port, size_t* size) {
  *size = uart(port).room();
  return ESP_OK;
}

}  // extern "C"
