// The serial control path on a UART, for the host beside a co-processor. A UART is no socket that
// select() could wait for, so this door has a task of its own; it holds the service's lock while
// the engine is at work.
//
// A host asks one thing at a time and waits, so the driver's buffer holds all that can come while
// flash is erased and the UART's interrupt has to wait.
#pragma once
#include <array>
#include <optional>

#include "ports/esp_idf/service.hpp"
#include "protocols/control/control_device.hpp"
#include "protocols/link/link_driver.hpp"
#include "updraft_uart.h"

namespace updraft::esp_idf {

inline constexpr std::size_t kUartFrame = 4096 + 64;  // a write of kOtaWrite bytes; hosts send 4000
inline constexpr std::size_t kUartRxBytes = 8 * 1024;  // the driver's: any one frame
inline constexpr std::size_t kUartTxBytes = 1024;      // the driver's: kControlReplies answers
inline constexpr std::size_t kUartPiece = 512;         // most that one call reads

class UartDoor {
 public:
  // The service outlives it.
  UartDoor(Service& service, const updraft_uart_t& line) : service_(service), line_(line) {}
  ~UartDoor();
  UartDoor(const UartDoor&) = delete;
  UartDoor& operator=(const UartDoor&) = delete;

  esp_err_t open();
  // Waits at most so long for bytes of the host, and handles them. False: the chip
  // restarts.
  bool turn(Millis patience);

 private:
  esp_err_t set_up();
  link::ControlVersion version() const;
  Millis until_due(Millis patience) const;
  Bytes hear(Millis patience);
  Instant in_time() const;
  bool write();  // true: the driver may go on

  Service& service_;
  updraft_uart_t line_;
  bool installed_ = false;
  std::optional<link::ControlDevice> device_;
  std::optional<link::LinkDriver> driver_;
  std::array<std::byte, kUartFrame> frame_{};
  std::array<std::byte, link::kLeastRoom> tx_{};
  std::array<std::byte, kUartPiece> rx_{};
};

}  // namespace updraft::esp_idf
