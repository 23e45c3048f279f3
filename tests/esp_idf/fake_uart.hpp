// UARTs on the other end of which a test sits. Waiting moves the chip's clock on.
#pragma once
#include <deque>
#include <optional>

#include "updraft/bytes.hpp"

#include "driver/uart.h"

namespace updraft::esp_idf {

struct FakeUart {
  std::deque<std::byte> to_chip, from_chip;
  bool open = false;
  std::size_t rx_bytes = 0, tx_bytes = 0;  // the driver's buffers
  std::size_t lost = 0;                    // what found no room in them
  bool drained = false;                    // somebody waited until all was sent
  bool host_reads = true;                  // else from_chip fills up
  uart_config_t config{};
  int tx_pin = 0, rx_pin = 0, rts_pin = 0, cts_pin = 0;
  esp_err_t install_error = ESP_OK;

  void send(Bytes bytes);  // the host does
  std::size_t room() const {
    return host_reads ? tx_bytes : tx_bytes - std::min(tx_bytes, from_chip.size());
  }
};

FakeUart& uart(int port);

}  // namespace updraft::esp_idf
