// Updraft.uart(): the computer beside this chip.
#define UPDRAFT_IN_THE_LIBRARY
#include "Updraft.h"
#include "ports/arduino/sketch.hpp"
#include "updraft_uart.h"

namespace {

using updraft::arduino::Sketch;

esp_err_t open_uart(const Sketch& sketch) {
  updraft_uart_t line = updraft_uart_default();
  line.port = sketch.uart.port;
  line.baud = sketch.uart.baud;
  line.rx_pin = sketch.uart.rx;
  line.tx_pin = sketch.uart.tx;
  line.task_stack = sketch.config.task_stack;
  return updraft_uart_start(&line);
}

}  // namespace

UpdraftSketch& UpdraftSketch::uart(int rx_pin, int tx_pin, UpdraftTrust trust, int baud, int port) {
  Sketch& mine = updraft::arduino::sketch();
  mine.open_uart = &open_uart;
  mine.uart = {.rx = rx_pin, .tx = tx_pin, .baud = baud, .port = port};
  mine.config.allow_unsigned_control = trust == UPDRAFT_UNSIGNED;
  return *this;
}
