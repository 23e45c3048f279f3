// Datagrams to a device of ArduinoOTA, from a few addresses, and the connections back: checks that
// it calls one host at a time, says no more than it is asked, and comes to rest.
//
// Input: byte 0 bit 0: there is a password; the other bits: StrictIntake's mood. Then steps: an op
// byte (low 3 bits) with a count (high 5 bits); bytes that a step sends follow it.
#include <algorithm>
#include <chrono>
#include <string>

#include "protocols/arduino/arduino_device.hpp"
#include "protocols/arduino/arduino_samples.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/strict_intake.hpp"

namespace updraft::fuzz {
namespace {

using namespace std::chrono_literals;

// The engine that is offered to senders that proved themselves as well.
class OfEither final : public Intake {
 public:
  explicit OfEither(unsigned mood) : strict_(kArduino, mood, StrictIntake::many) {}
  // As the engine: nobody is let in within a session, and none after a success until the restart.
  Result<> welcome(const Offer& offer) override {
    return is_busy() ? Result<>(fail(Code::busy, Where::device)) : strict_.welcome(unproved(offer));
  }
  Result<> begin(const Offer& offer) override {
    return is_busy() ? Result<>(fail(Code::busy, Where::device)) : strict_.begin(unproved(offer));
  }
  Result<> write(Bytes bytes) override { return strict_.write(bytes); }
  Result<Taken> finish(PayloadEnd end) override { return strict_.finish(end); }
  void abort(const Error& why) override { strict_.abort(why); }
  void never_began(Scheme, const Error&) override {}  // a wrong password during a session, too
  const StrictIntake& strict() const { return strict_; }

 private:
  bool is_busy() const { return strict_.in_session() || strict_.finished(); }
  static Offer unproved(Offer offer) {
    offer.sender_proved = false;
    return offer;
  }
  StrictIntake strict_;
};

class Script {
 public:
  Script(link::ArduinoDevice& device, Bytes rest) : device_(device), rest_(rest) {}
  void run() {
    while (!rest_.empty()) step(take());
    hang_up();
    wait(1h);
    check(!device_.deadline(), "silence brings it to rest");
    check(!device_.call_back(), "nobody waits for a call");
  }

 private:
  void step(std::uint8_t op) {
    const unsigned count = (op >> 3) + 1u;
    switch (op & 7) {
      case 0:
        return say(part(count * 8), count);
      case 1:
        return say(as_bytes(samples::kArduinoInvites), count);
      case 2:
        return say(as_bytes("200 " + std::string(samples::kArduinoCnonceThen) + " " +
                            std::string(samples::kArduinoResponseThen) + "\n"),
                   count);
      case 3:
        return wait(count * 200ms);
      case 4:
        return call();
      case 5:
        return bring(part(count * 64));
      case 6:
        return bring(samples::arduino_image(count * 500));
      case 7:
        return hang_up();
    }
  }
  Bytes part(std::size_t size) {
    const Bytes made = at_most(rest_, size);
    rest_ = rest_.subspan(made.size());
    return made;
  }
  void say(Bytes bytes, unsigned who) {
    device_.on_datagram(samples::arduino_peer(who % 4, 1000), bytes, now_);
    check(hear() <= 2, "one reply for a datagram, and one that was due");
  }
  unsigned hear() {
    unsigned replies = 0;
    std::array<std::byte, link::kDatagramBytes> room;
    while (const auto datagram = device_.write_to(room)) {
      check(datagram->size > 0 && datagram->size <= link::kArduinoLineBytes, "a short line");
      check(datagram->to.port != 0, "to somebody");
      check(++replies <= link::kArduinoChallenges + 1, "replies have an end");
    }
    return replies;
  }
  void call() {
    if (link_ != nullptr) return;
    const auto wish = device_.call_back();
    if (!wish) return;
    check(!device_.call_back(), "one host at a time");
    link_ = wish->link;
    link_->on_connected(now_);
    link_->on_waiting(now_);
  }
  void bring(Bytes bytes) {
    if (link_ == nullptr || closed()) return;
    link_->on_bytes(bytes, now_);
    std::array<std::byte, 256> room;
    while (link_->write_to(room) > 0) {
    }
    if (!closed()) link_->on_waiting(now_);
  }
  void hang_up() {
    call();
    while (link_ != nullptr) {
      if (!closed()) link_->on_lost(now_);
      device_.on_called_back(link_->outcome(), now_);
      link_ = nullptr;
      call();
    }
  }
  void wait(Millis time) {
    const Instant until = now_ + time;
    for (int fired = 0; device_.deadline() && *device_.deadline() <= until; ++fired) {
      check(fired < 64, "deadlines move on");
      now_ = std::max(now_, *device_.deadline());
      device_.on_deadline(now_);
      (void)hear();
    }
    now_ = until;
    for (int fired = 0; link_ != nullptr && !closed() && *link_->deadline() <= now_; ++fired) {
      check(fired < 64, "deadlines of a connection move on");
      link_->on_deadline(std::max(now_, *link_->deadline()));
    }
  }
  std::uint8_t take() {
    const std::uint8_t byte = load_u8(rest_, 0);
    rest_ = rest_.subspan(1);
    return byte;
  }
  bool closed() const { return link_->phase() == link::Phase::closed; }

  link::ArduinoDevice& device_;
  Bytes rest_;
  link::Link* link_ = nullptr;
  Instant now_{1h};
};

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::fuzz;
  if (size == 0) return 0;
  OfEither intake(data[0] & ~1u);
  link::ArduinoDevice device(
      intake, {.password = data[0] & 1 ? "fuzz" : "", .random = &samples::arduino_bits});
  Script(device, input(data, size).subspan(1)).run();
  check(!intake.strict().in_session(), "no session is left open");
  return 0;
}
