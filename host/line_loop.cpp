#include "host/line_loop.hpp"

#include <algorithm>

namespace updraft::host {

LineLoop::LineLoop(Line& line, link::Link& link, MutableBytes tx, std::function<Instant()> clock)
    : line_(line), clock_(std::move(clock)), driver_(link, tx, link::LinkDriver::Line::serial) {
  driver_.connected(clock_());
}

void LineLoop::turn(Millis most) {
  look();
  Millis limit = most;
  if (const auto due = driver_.deadline()) limit = std::clamp(*due - clock_(), Millis{0}, most);
  line_.wait(!driver_.unsent().empty(), limit);
  look();
  send();
}

// The clock is read before the line: what came until then is heard before a deadline counts.
void LineLoop::look() {
  const Instant at = clock_();
  hear(at);
  driver_.turn(at);
}

void LineLoop::hear(Instant at) {
  std::array<std::byte, 4096> room{};
  while (line_.is_open()) {
    const Result<std::size_t> size = line_.read(room);
    if (!size) return lost();
    if (*size == 0) return;
    driver_.bytes(Bytes(room).first(*size), at);
  }
}

void LineLoop::send() {
  if (!line_.is_open() || driver_.unsent().empty()) return;
  const Result<std::size_t> sent = line_.write(driver_.unsent());
  if (!sent) return lost();
  driver_.sent(*sent);
}

void LineLoop::lost() {
  line_.close();
  driver_.lost(clock_());
}

}  // namespace updraft::host
