// Two Links joined in memory on virtual time: what one sends the other receives, in pieces of
// `chunk` bytes. If nothing moves, time jumps to the next deadline. `on_the_way` may spoil what
// moves: it returns how many bytes are left.
#pragma once
#include <algorithm>
#include <functional>
#include <vector>

#include "updraft/link.hpp"

namespace updraft::link {

class Pipe {
 public:
  Pipe(Link& left, Link& right, std::size_t chunk) : ends_{{left}, {right}}, buffer_(chunk) {}

  std::function<std::size_t(MutableBytes)> on_the_way = [](MutableBytes b) { return b.size(); };

  // Until both are closed or nothing will ever happen; returns how long it took.
  Millis run() {
    const Instant start = now_;
    for (End& end : ends_) end.link.on_connected(now_);
    while (step() || jump()) {
    }
    return now_ - start;
  }

 private:
  struct End {
    Link& link;
    bool done = false;  // the other side was told that no more comes from here
    bool closed() const { return link.phase() == Phase::closed; }
  };

  bool step() {
    const bool forth = move(ends_[0], ends_[1]);
    const bool back = move(ends_[1], ends_[0]);
    for (End& end : ends_) {
      if (!end.closed()) end.link.on_waiting(now_);
    }
    return forth || back;
  }

  bool move(End& from, End& to) {
    const std::size_t size = from.link.write_to(buffer_);
    if (size > 0) {
      const std::size_t left = on_the_way(MutableBytes(buffer_).first(size));
      if (left > 0 && !to.closed()) to.link.on_bytes(Bytes(buffer_).first(left), now_);
      return true;
    }
    if (from.done || from.link.phase() == Phase::open) return false;
    from.done = true;
    if (!to.closed()) to.link.on_peer_done(now_);
    return true;
  }

  bool jump() {
    std::optional<Instant> next;
    for (const End& end : ends_) {
      const std::optional<Instant> due = end.link.deadline();
      if (due && (!next || *due < *next)) next = due;
    }
    if (!next) return false;
    now_ = std::max(now_, *next);
    for (End& end : ends_) {
      if (!end.closed()) end.link.on_deadline(now_);
    }
    return true;
  }

  End ends_[2];
  std::vector<std::byte> buffer_;
  Instant now_{};
};

}  // namespace updraft::link
