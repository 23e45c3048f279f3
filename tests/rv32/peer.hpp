// The other end of a connection, in memory, for the loop of ports/template. It thinks on a stack of
// its own, so what is measured of the task's is the device's alone.
#pragma once
#include <limits>

#include "ports/template/serve.hpp"
#include "tests/rv32/machine.hpp"

namespace updraft::rv32 {

inline constexpr std::size_t kSegment = 1460;  // what comes at a time
inline constexpr std::uint64_t kNoCut = std::numeric_limits<std::uint64_t>::max();

inline Instant clock_now{};  // moved on by whoever waits

class Peer : public port_template::Stream {
 public:
  // After so many bytes to the device the connection is lost.
  explicit Peer(std::uint64_t cut_after) : left_(cut_after) {}
  Instant now() final { return clock_now; }
  bool send(Bytes said) final {
    beside([&] { hear(said); });
    return true;
  }
  Heard wait(MutableBytes buffer, std::optional<Instant> until) final {
    if (left_ == 0) {
      beside([&] { lose(); });
      return {};
    }
    const std::uint64_t most = std::min<std::uint64_t>(left_, std::min(kSegment, buffer.size()));
    std::size_t size = 0;
    beside([&] { size = say(buffer.first(static_cast<std::size_t>(most))); });
    left_ -= size;
    if (size != 0) return {Event::bytes, size};
    if (is_done()) return {Event::done};
    if (!until) return {};
    clock_now = *until;
    return {Event::deadline};
  }
  void finish_sending() final {}
  void close() final {}

 protected:
  ~Peer() = default;
  virtual void hear(Bytes said) = 0;
  virtual std::size_t say(MutableBytes out) = 0;  // 0: nothing now
  virtual bool is_done() const = 0;               // it will say nothing more
  virtual void lose() {}

 private:
  template <class Work>
  static void beside(Work work) {
    run_on_peer_stack([](void* it) { (*static_cast<Work*>(it))(); }, &work);
  }

  std::uint64_t left_;
};

}  // namespace updraft::rv32
