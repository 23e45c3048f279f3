// One connection of any link as a script: pieces of any size, time, FIN, reset. Drives as a port
// does, and checks that every connection comes to its end.
//
// A script is steps: an op byte (low 3 bits) with a count (high 5 bits); bytes that a step sends
// follow it.
#pragma once
#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "updraft/link.hpp"

#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {

class LinkScript {
 public:
  // `longest`: how long the link may live in silence. `said` hears what it writes, write by write.
  LinkScript(link::Link& link, Bytes steps, Millis longest, std::function<void(Bytes)> said = {})
      : link_(link), rest_(steps), longest_(longest), said_(std::move(said)) {}

  void run() {
    link_.on_connected(now_);
    listen();
    while (!rest_.empty() && !closed()) step(take());
    if (!closed()) settle();
    check(!link_.deadline(), "what is closed waits for nothing");
  }
  std::uint64_t sent() const { return sent_; }

 private:
  static constexpr int kMostDeadlines =
      160;  // within one silence: who waits for an event looks every 200 ms for 25 s

  void step(std::uint8_t op) {
    using namespace std::chrono_literals;
    const unsigned count = (op >> 3) + 1u;
    switch (op & 7) {
      case 0:
        return send(count);
      case 1:
        return send(count * 64);
      case 2:
        return flood(count);
      case 3:
        return wait(count * 10ms);
      case 4:
        return wait(count * 500ms);
      case 5:
        return link_.on_waiting(now_);
      case 6:
        return count == 1 ? end(&link::Link::on_peer_done) : link_.on_deadline(now_);
      case 7:
        return count == 1 ? end(&link::Link::on_lost) : wait(count * 60s);
    }
  }
  void send(std::size_t size) {
    const Bytes part = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(part.size());
    deliver(part);
  }
  // The same byte, 4 KiB at a time: more than the script could hold.
  void flood(unsigned times) {
    const std::vector<std::byte> bytes(4096, rest_.empty() ? std::byte{0} : rest_.front());
    for (unsigned i = 0; i < times; ++i) deliver(bytes);
  }
  void deliver(Bytes bytes) {
    sent_ += bytes.size();
    link_.on_bytes(bytes, now_);
    listen();
  }
  void listen() {
    std::byte room[4096];
    while (const std::size_t size = link_.write_to(room)) {
      check(said_ != nullptr, "a link that only reads says nothing");
      said_(Bytes(room).first(size));
    }
  }
  void end(void (link::Link::*how)(Instant)) {
    (link_.*how)(now_);
    check(closed(), "the peer's end is an end");
  }
  // As a driver waits: deadlines in order, each one moves something or closes.
  void wait(Millis time) {
    const Instant until = now_ + time;
    link_.on_waiting(now_);
    for (int fired = 0; !closed() && *link_.deadline() <= until; ++fired) {
      check(fired < kMostDeadlines, "deadlines move on");
      now_ = std::max(now_, *link_.deadline());
      link_.on_deadline(now_);
      listen();
    }
    now_ = until;
  }
  // After any script, silence ends the link within the longest deadline.
  void settle() {
    wait(longest_);
    check(closed(), "silence ends a connection");
  }
  std::uint8_t take() {
    const std::uint8_t byte = load_u8(rest_, 0);
    rest_ = rest_.subspan(1);
    return byte;
  }
  bool closed() const { return link_.phase() == link::Phase::closed; }

  link::Link& link_;
  Bytes rest_;
  Millis longest_;
  std::function<void(Bytes)> said_;
  Instant now_{};
  std::uint64_t sent_ = 0;
};

}  // namespace updraft::fuzz
