// A serial device as a host opens it: one process at a time, raw, without stale bytes.
#pragma once
#include <string>

#include "host/line_loop.hpp"

namespace updraft::host {

class SerialDevice final : public Line {
 public:
  SerialDevice() = default;
  ~SerialDevice() override { close_fd(); }
  SerialDevice(const SerialDevice&) = delete;
  SerialDevice& operator=(const SerialDevice&) = delete;

  Result<> open(const std::string& path);  // errors: unreachable (`found`: errno), busy
  void close() override { close_fd(); }
  bool is_open() const override { return fd_ >= 0; }
  void wait(bool sending, Millis limit) override;
  Result<std::size_t> read(MutableBytes room) override;
  Result<std::size_t> write(Bytes bytes) override;

 private:
  void close_fd();

  int fd_ = -1;
};

}  // namespace updraft::host
