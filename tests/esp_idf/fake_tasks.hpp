// FreeRTOS's tasks as threads. A new task runs at once, as one of a higher priority does: its
// creator goes on when the new one waits for the first time, or ends.
//
// What waits on the chip calls waits() or sleeps() here. Once the power is off, no task comes back
// from waits(); nobody calls that with a lock held.
#pragma once
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "freertos/task.h"

namespace updraft::esp_idf {

class FakeTasks {
 public:
  FakeTasks() = default;
  ~FakeTasks() { power_off(); }
  FakeTasks(const FakeTasks&) = delete;
  FakeTasks& operator=(const FakeTasks&) = delete;

  void start(TaskFunction_t code, void* argument);
  // The calling task waits from now on. Nothing happens if a test calls, which is no task.
  void waits();
  void sleeps();          // likewise, for a short time
  static bool is_task();  // whether the caller is one
  void power_off();       // ends them all

 private:
  struct Task {
    std::thread thread;
    bool waited = false;
  };
  void run(Task& task, TaskFunction_t code, void* argument);
  void note(Task& task);

  std::mutex mutex_;
  std::condition_variable waited_;
  std::list<Task> tasks_;
  bool off_ = false;
};

}  // namespace updraft::esp_idf
