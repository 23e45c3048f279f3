// A serial device as a host opens it: one process at a time, raw, without stale bytes.
#pragma once
#include <string>

#include "host/line_loop.hpp"

namespace updraft::host {

// The speeds that a line can be set to, from slow to fast.
inline constexpr unsigned kBauds[] = {9'600,     19'200,    38'400,   57'600,    115'200,
                                      230'400,   460'800,   921'600,  1'000'000, 1'500'000,
                                      2'000'000, 3'000'000, 4'000'000};

class SerialDevice final : public Line {
 public:
  SerialDevice() = default;
  ~SerialDevice() override { close_fd(); }
  SerialDevice(const SerialDevice&) = delete;
  SerialDevice& operator=(const SerialDevice&) = delete;

  // `baud`: one of kBauds; 0: as it is. Errors: unreachable (`found`: errno), busy.
  Result<> open(const std::string& path, unsigned baud = 0);
  bool is_pty() const;  // no transmitter takes time to send what was written
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
