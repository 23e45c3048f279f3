// Drives a link on a serial line in a thread that does nothing else.
#pragma once
#include <array>
#include <functional>

#include "updraft/link.hpp"

#include "protocols/link/link_driver.hpp"

namespace updraft::host {

// A line: SerialDevice, or one that a test makes.
class Line {
 public:
  virtual ~Line() = default;
  virtual bool is_open() const = 0;
  virtual void close() = 0;
  // Waits for bytes to read, or for room to write if `sending`, at most so long.
  virtual void wait(bool sending, Millis limit) = 0;
  // As much as is possible now; 0: nothing. Errors: aborted (the line is gone).
  virtual Result<std::size_t> read(MutableBytes room) = 0;
  virtual Result<std::size_t> write(Bytes bytes) = 0;
};

class LineLoop {
 public:
  // All outlive it. `tx`: as for LinkDriver.
  LineLoop(Line& line, link::Link& link, MutableBytes tx, std::function<Instant()> clock);

  // Hears what there is and sends what is to be sent; waits at most so long for either. A line that
  // is gone is closed, and the link hears it.
  void turn(Millis most);

 private:
  void look();
  void hear(Instant at);
  void send();
  void lost();

  Line& line_;
  std::function<Instant()> clock_;
  link::LinkDriver driver_;
};

}  // namespace updraft::host
