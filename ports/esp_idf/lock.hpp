// Keeps the update task and the HTTP server's task apart: whoever talks to the engine holds it.
#pragma once
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"

namespace updraft::esp_idf {

class Lock {
 public:
  Lock() : mutex_(xSemaphoreCreateRecursiveMutex()) {}
  ~Lock() {
    if (made()) vSemaphoreDelete(mutex_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  bool made() const { return mutex_ != nullptr; }  // false: there was no memory
  void take() { (void)xSemaphoreTakeRecursive(mutex_, portMAX_DELAY); }
  void give() { (void)xSemaphoreGiveRecursive(mutex_); }

 private:
  SemaphoreHandle_t mutex_;
};

class Held {
 public:
  explicit Held(Lock& lock) : lock_(lock) { lock_.take(); }
  ~Held() { lock_.give(); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  Lock& lock_;
};

}  // namespace updraft::esp_idf
