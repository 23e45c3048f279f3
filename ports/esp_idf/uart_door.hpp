// The serial control path on a UART, for the host beside a co-processor. Once an update is
// installed and its time is up, the chip restarts.
#pragma once
#include <array>
#include <optional>

#include "ports/esp_idf/uart_line.hpp"
#include "protocols/control/control_device.hpp"

namespace updraft::esp_idf {

inline constexpr std::size_t kUartFrame = 4096 + 64;  // a write of kOtaWrite bytes; hosts send 4000

class UartDoor final : public UartLine {
 public:
  // Error: ESP_ERR_NO_MEM.
  static esp_err_t make(Service& service, const updraft_uart_t& line, Owned<UartLine>& made);
  using UartLine::UartLine;

 private:
  link::Link& make_link() override UPDRAFT_REQUIRES(service_.lock());
  bool over() override;
  link::ControlVersion version() const;

  std::optional<link::ControlDevice> device_;
  std::array<std::byte, kUartFrame> frame_{};
};

}  // namespace updraft::esp_idf
