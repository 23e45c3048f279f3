// Bare images on a UART, as esp32-ota's OTA_UART takes them. The service restarts the chip into
// what was installed, if the configuration says so.
#pragma once
#include <optional>

#include "ports/esp_idf/uart_line.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/uart/uart_device.hpp"

namespace updraft::esp_idf {

class UartStreamDoor final : public UartLine {
 public:
  // Error: ESP_ERR_NO_MEM.
  static esp_err_t make(Service& service, const updraft_uart_t& line, Owned<UartLine>& made);
  using UartLine::UartLine;

 private:
  esp_err_t prepare() override;
  link::Link& make_link() override UPDRAFT_REQUIRES(service_.lock());
  bool over() override { return true; }

  std::optional<link::LinkDecryptor> decryptor_;
  std::optional<link::UartDevice> device_;
};

}  // namespace updraft::esp_idf
