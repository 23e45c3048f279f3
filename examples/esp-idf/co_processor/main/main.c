// A co-processor that the host beside it updates: `updraft push build/co_processor.bin
// control:/dev/ttyS1`.
#include "nvs_flash.h"
#include "updraft_uart.h"

// What a product checks before it says that it works: its bus to the host, its radio, ...
static bool self_test(void) { return true; }

void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());

  updraft_config_t config = updraft_config_default();  // policy: sdkconfig.defaults
  ESP_ERROR_CHECK(updraft_start(&config));
  updraft_uart_t line = updraft_uart_default();  // UART, pins and speed, too
  ESP_ERROR_CHECK(updraft_uart_start(&line));

  if (updraft_is_on_trial() && self_test()) ESP_ERROR_CHECK(updraft_confirm());
}
