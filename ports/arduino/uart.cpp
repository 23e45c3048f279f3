// Updraft.uart() and uartStream(): the computer beside this chip.
#define UPDRAFT_IN_THE_LIBRARY
#include "Updraft.h"
#include "ports/arduino/sketch.hpp"
#include "ports/esp_idf/named.hpp"
#include "ports/esp_idf/uart_door.hpp"
#include "ports/esp_idf/uart_stream_door.hpp"

namespace {

using updraft::arduino::Sketch;
using updraft::esp_idf::name_part;

esp_err_t open_uart(const Sketch& sketch) {
  updraft_uart_t line = updraft_uart_default();
  line.port = sketch.uart.port;
  line.baud = sketch.uart.baud;
  line.rx_pin = sketch.uart.rx;
  line.tx_pin = sketch.uart.tx;
  line.speaks = sketch.uart.speaks;
  line.task_stack = updraft::arduino::kStack;
  return updraft_uart_start(&line);
}

}  // namespace

UpdraftSketch& UpdraftSketch::uart(int rx_pin, int tx_pin, UpdraftTrust trust, int baud, int port) {
  name_part<updraft::esp_idf::UartDoor>();
  Sketch& mine = updraft::arduino::sketch();
  mine.open_uart = &open_uart;
  mine.uart = {.rx = rx_pin, .tx = tx_pin, .baud = baud, .port = port};
  mine.config.allow_unsigned_control = trust == UPDRAFT_UNSIGNED;
  return *this;
}

UpdraftSketch& UpdraftSketch::uartStream(int rx_pin, int tx_pin, UpdraftTrust trust, int baud,
                                         int port) {
  name_part<updraft::esp_idf::UartStreamDoor>();
  Sketch& mine = updraft::arduino::sketch();
  mine.open_uart = &open_uart;
  mine.uart = {
      .rx = rx_pin, .tx = tx_pin, .baud = baud, .port = port, .speaks = UPDRAFT_UART_STREAM};
  mine.config.allow_unsigned_uart = trust == UPDRAFT_UNSIGNED;
  return *this;
}
