// Keeps the update task and the HTTP server's task apart: whoever talks to the engine holds it.
#pragma once
#include "engine/core/thread_annotations.hpp"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"

namespace updraft::esp_idf {

class UPDRAFT_CAPABILITY("mutex") Lock {
 public:
  Lock() : mutex_(xSemaphoreCreateRecursiveMutex()) {}
  ~Lock() {
    if (made()) vSemaphoreDelete(mutex_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  bool made() const { return mutex_ != nullptr; }  // false: there was no memory
  void take() UPDRAFT_ACQUIRE() { (void)xSemaphoreTakeRecursive(mutex_, portMAX_DELAY); }
  void give() UPDRAFT_RELEASE() { (void)xSemaphoreGiveRecursive(mutex_); }

 private:
  SemaphoreHandle_t mutex_;
};

class UPDRAFT_SCOPED_CAPABILITY Held {
 public:
  explicit Held(Lock& lock) UPDRAFT_ACQUIRE(lock) : lock_(lock) { lock_.take(); }
  ~Held() UPDRAFT_RELEASE() { lock_.give(); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  Lock& lock_;
};

}  // namespace updraft::esp_idf
