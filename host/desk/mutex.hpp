// std::mutex and its guard in the words that clang's -Wthread-safety understands.
#pragma once
#include <mutex>

#include "engine/core/thread_annotations.hpp"

namespace updraft::host {

class UPDRAFT_CAPABILITY("mutex") Mutex {
 public:
  void lock() UPDRAFT_ACQUIRE() { mutex_.lock(); }
  void unlock() UPDRAFT_RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class UPDRAFT_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) UPDRAFT_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() UPDRAFT_RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace updraft::host
