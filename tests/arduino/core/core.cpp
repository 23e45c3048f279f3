// The Arduino core 3 for ESP32: what it does before setup(), and its loop in a task.
#include "Arduino.h"
#include "esp_ota_ops.h"
#include "esp_timer.h"
#include "freertos/task.h"

extern "C" {
void fake_wait();  // of the board: until something happens, or the power goes away

// A library or a sketch may have its own.
__attribute__((weak)) bool verifyRollbackLater() { return false; }
__attribute__((weak)) bool verifyOta() { return true; }

void delay(uint32_t ms) {
  const int64_t until = esp_timer_get_time() + int64_t{ms} * 1000;
  do {
    fake_wait();
  } while (esp_timer_get_time() < until);
}
void configTime(long, int, const char*) {}
unsigned long millis() { return static_cast<unsigned long>(esp_timer_get_time() / 1000); }
void app_main();
}

namespace {

void confirm_unless_later() {
  if (verifyRollbackLater()) return;
  esp_ota_img_states_t state{};
  if (esp_ota_get_state_partition(esp_ota_get_running_partition(), &state) != ESP_OK) return;
  if (state != ESP_OTA_IMG_PENDING_VERIFY) return;
  if (verifyOta()) {
    (void)esp_ota_mark_app_valid_cancel_rollback();
  } else {
    (void)esp_ota_mark_app_invalid_rollback_and_reboot();
  }
}

void loop_task(void*) {
  setup();
  while (true) {
    loop();
    fake_wait();
  }
}

}  // namespace

void app_main() {
  confirm_unless_later();
  (void)xTaskCreatePinnedToCore(&loop_task, "loopTask", 8192, nullptr, 1, nullptr, 1);
}
