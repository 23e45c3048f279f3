// Updates by a host beside the chip, over a UART: the serial control path, as
// `updraft push app.bin control:/dev/ttyS1` and the host applications of esp-hosted speak it, or
// bare images, as `updraft push app.bin uart:/dev/ttyS1` and senders for esp32-ota's OTA_UART send
// them.
//
//   ESP_ERROR_CHECK(updraft_start(&config));      // with config.allow_unsigned_control, or _uart
//   updraft_uart_t line = updraft_uart_default();  // pins and speed: menuconfig, Updraft
//   ESP_ERROR_CHECK(updraft_uart_start(&line));
//
// The UART is Updraft's alone: not the console's. It takes 15 KB of RAM and a task. 5 s after
// a host of the control path was told that its update is installed, the chip restarts, whatever
// config.restart says.
#pragma once
#include "updraft.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  UPDRAFT_UART_CONTROL,  // requests and answers, for a host that is told how it went
  UPDRAFT_UART_STREAM,   // the image's bytes; 2 s of silence end it. raw_aes of the configuration
                         // counts
} updraft_uart_speech_t;

typedef struct {
  size_t struct_size;  // set by updraft_uart_default()
  int port;            // 1: UART_NUM_1
  int baud;
  int tx_pin;  // -1: where the chip has it anyway
  int rx_pin;
  int rts_pin;  // both -1: no flow control; none is needed, as a host asks one thing at a time
  int cts_pin;
  const char* name;     // what a host that asks for the version is told; NULL: the project's name
  uint32_t task_stack;  // bytes
  uint32_t task_priority;
  updraft_uart_speech_t speaks;
} updraft_uart_t;

void updraft_uart_init(updraft_uart_t* line, size_t struct_size);
static inline updraft_uart_t updraft_uart_default(void) {
  updraft_uart_t line;
  updraft_uart_init(&line, sizeof line);
  return line;
}

// After updraft_start(), once. Errors: ESP_ERR_INVALID_STATE (not started, or called before),
// ESP_ERR_INVALID_ARG, ESP_ERR_INVALID_VERSION (`line` is not from updraft_uart_default(), or of
// another release than the library), ESP_ERR_NO_MEM, and those of the UART's driver.
esp_err_t updraft_uart_start(const updraft_uart_t* line);

#ifdef __cplusplus
}
#endif
