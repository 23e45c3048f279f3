// Keeps the tasks apart that use the engine: Updraft's own, the HTTP server's, the UART's. Whoever
// talks to the engine holds it.
//
// Nobody holds it who calls something that may wait for another task: the application's callbacks,
// the HTTP server's functions, the event loop. What waits for flash does.
#pragma once
#include "engine/core/thread_annotations.hpp"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"

namespace updraft::esp_idf {

class UPDRAFT_CAPABILITY("mutex") Lock {
 public:
  Lock() : mutex_(xSemaphoreCreateMutex()) {}
  ~Lock() {
    if (made()) vSemaphoreDelete(mutex_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  bool made() const { return mutex_ != nullptr; }  // false: there was no memory
  void take() UPDRAFT_ACQUIRE() { (void)xSemaphoreTake(mutex_, portMAX_DELAY); }
  void give() UPDRAFT_RELEASE() { (void)xSemaphoreGive(mutex_); }

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

// Gives a lock back while the application is asked, in the middle of what is done under it. Another
// task may use the engine meanwhile.
class Unheld {
 public:
  explicit Unheld(Lock& lock) UPDRAFT_UNCHECKED : lock_(lock) { lock_.give(); }
  ~Unheld() UPDRAFT_UNCHECKED { lock_.take(); }
  Unheld(const Unheld&) = delete;
  Unheld& operator=(const Unheld&) = delete;

 private:
  Lock& lock_;
};

}  // namespace updraft::esp_idf
