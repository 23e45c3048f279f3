// A UART and the link on it. A UART is no socket that select() could wait for, so it has a task of
// its own, which holds the service's lock while the link is at work.
//
// A host says so much and then waits, so the driver's buffer holds all that can come while flash is
// erased and the UART's interrupt has to wait.
#pragma once
#include <array>
#include <optional>

#include "ports/esp_idf/service.hpp"
#include "protocols/link/link_driver.hpp"
#include "updraft_uart.h"

namespace updraft::esp_idf {

inline constexpr std::size_t kUartRxBytes = 8 * 1024;  // the driver's: any one frame, or piece
inline constexpr std::size_t kUartTxBytes = 1024;      // the driver's: all answers that are kept
inline constexpr std::size_t kUartRead = 512;          // most that one call reads

class UartLine {
 public:
  // The service outlives it.
  UartLine(Service& service, const updraft_uart_t& line) : service_(service), line_(line) {}
  virtual ~UartLine();
  UartLine(const UartLine&) = delete;
  UartLine& operator=(const UartLine&) = delete;

  esp_err_t open();
  // Waits at most so long for bytes of the host, and handles them. False: the chip restarts.
  bool turn(Millis patience);

 protected:
  // The link that begins now; it takes the place of the one before.
  virtual link::Link& make_link() UPDRAFT_REQUIRES(service_.lock()) = 0;
  // The link is over, and its last words are out. False: the chip restarts.
  virtual bool over() = 0;
  virtual esp_err_t prepare() { return ESP_OK; }  // before anything is opened

  Service& service_;
  const updraft_uart_t line_;

 private:
  esp_err_t set_up();
  void begin();
  Millis until_due(Millis patience) const;
  Bytes hear(Millis patience);
  Instant in_time() const;
  bool write();  // true: the driver may go on

  bool installed_ = false;
  std::optional<link::LinkDriver> driver_;
  std::array<std::byte, link::kLeastRoom> tx_{};
  std::array<std::byte, kUartRead> rx_{};
};

}  // namespace updraft::esp_idf
