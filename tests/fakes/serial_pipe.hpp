// Two Links joined by a serial line on virtual time: what one says the other hears, in pieces of
// `chunk` bytes; there are no ends. If nothing moves, time jumps to the next deadline.
#pragma once
#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "updraft/link.hpp"

namespace updraft::link {

class SerialPipe {
 public:
  SerialPipe(Link& host, Link& device, std::size_t chunk)
      : host_(host), device_(device), buffer_(chunk) {}

  // How many bytes of a piece from the host still arrive; the others are lost on the way.
  std::function<std::size_t(std::size_t)> to_device = [](std::size_t size) { return size; };

  // Until the host is done and the device at rest; returns how long it took.
  Millis run() {
    const Instant start = now_;
    host_.on_connected(now_);
    device_.on_connected(now_);
    while (step() || jump()) {
    }
    return now_ - start;
  }
  Instant now() const { return now_; }

 private:
  static bool open(Link& link) { return link.phase() != Phase::closed; }

  bool step() {
    const std::size_t forth = host_.write_to(buffer_);
    if (forth > 0 && open(device_)) {
      device_.on_bytes(Bytes(buffer_).first(to_device(forth)), now_);
    }
    const std::size_t back = device_.write_to(buffer_);
    if (back > 0 && open(host_)) host_.on_bytes(Bytes(buffer_).first(back), now_);
    if (open(host_)) host_.on_waiting(now_);
    if (open(device_)) device_.on_waiting(now_);
    return forth > 0 || back > 0;
  }

  bool jump() {
    std::optional<Instant> next;
    for (Link* const link : {&host_, &device_}) {
      const std::optional<Instant> due = link->deadline();
      if (due && (!next || *due < *next)) next = due;
    }
    if (!next) return false;
    now_ = std::max(now_, *next);
    for (Link* const link : {&host_, &device_}) {
      if (open(*link)) link->on_deadline(now_);
    }
    return true;
  }

  Link& host_;
  Link& device_;
  std::vector<std::byte> buffer_;
  Instant now_{};
};

}  // namespace updraft::link
