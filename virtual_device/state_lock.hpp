// The lock on a state directory, DIR/lock: one process at a time is the device. It is taken before
// anything in the directory is looked at, and kept over restarts of the device.
#pragma once
#include <filesystem>
#include <optional>

namespace updraft::device {

class StateLock {
 public:
  // Makes the directory where it is missing. `kept`: what keep_open() returned in the process that
  // ran before. Throws std::runtime_error with a sentence: another device runs, no right, no disk.
  StateLock(const std::filesystem::path& directory, std::optional<int> kept);
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

  // For the next process image: stays locked when this object goes.
  int keep_open();

 private:
  int fd_ = -1;
};

}  // namespace updraft::device
