#include "tests/esp_idf/fake_tasks.hpp"

#include <pthread.h>

namespace updraft::esp_idf {
namespace {
thread_local void* the_task = nullptr;
}

bool FakeTasks::is_task() { return the_task != nullptr; }

void FakeTasks::start(TaskFunction_t code, void* argument) {
  std::unique_lock lock(mutex_);
  Task& task = tasks_.emplace_back();
  task.thread = std::thread([this, &task, code, argument] { run(task, code, argument); });
  waited_.wait(lock, [&task] { return task.waited; });
}

void FakeTasks::run(Task& task, TaskFunction_t code, void* argument) {
  the_task = &task;
  code(argument);
  note(task);
}

void FakeTasks::note(Task& task) {
  const std::lock_guard lock(mutex_);
  task.waited = true;
  waited_.notify_all();
}

void FakeTasks::sleeps() {
  if (is_task()) note(*static_cast<Task*>(the_task));
}

void FakeTasks::waits() {
  if (!is_task()) return;
  sleeps();
  bool ends = false;
  {
    const std::lock_guard lock(mutex_);
    ends = off_;
  }
  if (ends) pthread_exit(nullptr);
}

void FakeTasks::power_off() {
  {
    const std::lock_guard lock(mutex_);
    off_ = true;
  }
  for (Task& task : tasks_) task.thread.join();
  tasks_.clear();
  off_ = false;
}

}  // namespace updraft::esp_idf
