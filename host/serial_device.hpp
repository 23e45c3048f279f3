// A serial device as a host opens it: one process at a time, raw, without stale bytes.
#pragma once
#include <string>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"
#include "updraft/time.hpp"

namespace updraft::host {

class SerialDevice {
 public:
  SerialDevice() = default;
  ~SerialDevice() { close(); }
  SerialDevice(const SerialDevice&) = delete;
  SerialDevice& operator=(const SerialDevice&) = delete;

  Result<> open(const std::string& path);  // errors: unreachable (`found`: errno), busy
  void close();
  bool is_open() const { return fd_ >= 0; }

  // Waits for bytes to read, or for room to write if `sending`, at most so long.
  void wait(bool sending, Millis limit) const;
  // Read and write as much as is possible now. Errors: aborted (the device is gone).
  Result<std::size_t> read(MutableBytes room);
  Result<std::size_t> write(Bytes bytes);

 private:
  int fd_ = -1;
};

}  // namespace updraft::host
