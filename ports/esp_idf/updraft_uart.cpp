#include "updraft_uart.h"

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "ports/esp_idf/named.hpp"
#include "ports/esp_idf/once.hpp"
#include "ports/esp_idf/struct_size.hpp"
#include "ports/esp_idf/uart_door.hpp"
#include "ports/esp_idf/uart_stream_door.hpp"
#include "sdkconfig.h"

namespace {

using updraft::esp_idf::Owned;
using updraft::esp_idf::UartLine;

void run(void* line) {
  while (static_cast<UartLine*>(line)->turn(updraft::Millis{1'000})) {
  }
}

UartLine* opened = nullptr;

esp_err_t make(updraft::esp_idf::Service& service, const updraft_uart_t& line,
               Owned<UartLine>& made) {
  using updraft::esp_idf::make_part;
  return line.speaks == UPDRAFT_UART_STREAM
             ? make_part<updraft::esp_idf::UartStreamDoor>(service, line, made)
             : make_part<updraft::esp_idf::UartDoor>(service, line, made);
}

esp_err_t start(updraft::esp_idf::Service& service, const updraft_uart_t& line) {
  esp_err_t err = updraft::esp_idf::check_struct(line, "start from updraft_uart_default()");
  if (err != ESP_OK) return err;
  if (line.speaks != UPDRAFT_UART_CONTROL && line.speaks != UPDRAFT_UART_STREAM) {
    return ESP_ERR_INVALID_ARG;
  }
  Owned<UartLine> mine;
  err = make(service, line, mine);
  if (err == ESP_OK) err = mine->open();
  if (err != ESP_OK) return err;
  const BaseType_t made = xTaskCreatePinnedToCore(&run, "updraft_uart", line.task_stack, mine.get(),
                                                  line.task_priority, nullptr, tskNO_AFFINITY);
  if (made != pdPASS) return ESP_ERR_NO_MEM;
  const bool stream = line.speaks == UPDRAFT_UART_STREAM;
  service.say_way({.scheme = stream ? updraft::kUart : updraft::kControl, .place = "on its UART"});
  opened = mine.release();
  return ESP_OK;
}

}  // namespace

extern "C" {

void updraft_uart_init(updraft_uart_t* out, size_t struct_size) {
  updraft_uart_t line{};
#ifdef CONFIG_UPDRAFT_UART_STREAM
  line.speaks = UPDRAFT_UART_STREAM;
#endif
  line.port = CONFIG_UPDRAFT_UART_PORT;
  line.baud = CONFIG_UPDRAFT_UART_BAUD;
  line.tx_pin = CONFIG_UPDRAFT_UART_TX_PIN;
  line.rx_pin = CONFIG_UPDRAFT_UART_RX_PIN;
  line.rts_pin = CONFIG_UPDRAFT_UART_RTS_PIN;
  line.cts_pin = CONFIG_UPDRAFT_UART_CTS_PIN;
  line.task_stack = CONFIG_UPDRAFT_TASK_STACK;
  line.task_priority = CONFIG_UPDRAFT_TASK_PRIORITY;
  updraft::esp_idf::init_struct(out, struct_size, line);
}

esp_err_t updraft_uart_start(const updraft_uart_t* line) {
  static updraft::esp_idf::Once once;
  updraft::esp_idf::Service* const service = updraft::esp_idf::started_service();
  if (line == nullptr) return ESP_ERR_INVALID_ARG;
  if (service == nullptr || !once.take()) return ESP_ERR_INVALID_STATE;
  const esp_err_t err = start(*service, *line);
  if (err != ESP_OK) once.give_back();
  return err;
}

}  // extern "C"
