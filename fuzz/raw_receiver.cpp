// One connection to the raw TCP receiver as a script: pieces of any size, time, FIN, reset. Checks
// that the engine hears one session at most, in order, and that every connection comes to its end.
//
// Input: byte 0 bit 0: with a key; bit 1: busy; bits 2..3: the engine refuses at write or finish.
// Then steps: an op byte (low 3 bits) with a count (high 5 bits); bytes that a step sends follow
// it.
#include "updraft/link/raw_receiver.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "updraft/core/intake.hpp"

namespace {

using namespace updraft;
using namespace updraft::link;
using namespace std::chrono_literals;

void check(bool holds) {
  if (!holds) std::abort();
}

// Trusts no one: every call must be allowed by what was called before.
class StrictIntake final : public Intake {
 public:
  explicit StrictIntake(unsigned mood) : mood_(mood) {}
  Result<> begin(const Offer& offer) override {
    check(!begun_);
    check(offer.scheme == Scheme::raw && !offer.sender_proved);
    begun_ = true;
    if (mood_ & 2) return fail(Code::busy, Where::device);
    in_session_ = true;
    return {};
  }
  Result<> write(Bytes bytes) override {
    check(in_session_ && !bytes.empty());
    taken_ += bytes.size();
    if ((mood_ & 4) && taken_ > 40) return end(Code::wrong_chip);
    return {};
  }
  Result<> finish() override {
    check(in_session_);
    if (mood_ & 8) return end(Code::size_mismatch);
    in_session_ = false;
    return {};
  }
  void abort(const Error&) override {
    check(in_session_);
    in_session_ = false;
  }
  bool in_session() const { return in_session_; }
  std::uint64_t taken() const { return taken_; }

 private:
  Result<> end(Code code) {
    in_session_ = false;
    return fail(code, Where::image);
  }
  unsigned mood_;
  bool begun_ = false, in_session_ = false;
  std::uint64_t taken_ = 0;
};

class Script {
 public:
  Script(RawReceiver& receiver, Bytes rest) : receiver_(receiver), rest_(rest) {}

  void run() {
    receiver_.on_connected(now_);
    while (!rest_.empty() && !closed()) step(take());
    if (!closed()) settle();
  }
  std::uint64_t sent() const { return sent_; }

 private:
  void step(std::uint8_t op) {
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
        return receiver_.on_waiting(now_);
      case 6:
        return count == 1 ? end(&RawReceiver::on_peer_done) : receiver_.on_deadline(now_);
      case 7:
        return count == 1 ? end(&RawReceiver::on_lost) : wait(count * 60s);
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
    receiver_.on_bytes(bytes, now_);
  }
  void end(void (RawReceiver::*how)(Instant)) {
    (receiver_.*how)(now_);
    check(closed());
  }
  // As a driver waits: deadlines in order, each one moves something or closes.
  void wait(Millis time) {
    const Instant until = now_ + time;
    receiver_.on_waiting(now_);
    for (int fired = 0; !closed() && *receiver_.deadline() <= until; ++fired) {
      check(fired < 4);
      now_ = std::max(now_, *receiver_.deadline());
      receiver_.on_deadline(now_);
    }
    now_ = until;
  }
  // Whatever happened, silence ends it within the longest deadline.
  void settle() {
    wait(kRawTotalMs);
    check(closed());
  }
  std::uint8_t take() {
    const std::uint8_t byte = load_u8(rest_, 0);
    rest_ = rest_.subspan(1);
    return byte;
  }
  bool closed() const { return receiver_.phase() == Phase::closed; }

  RawReceiver& receiver_;
  Bytes rest_;
  Instant now_{};
  std::uint64_t sent_ = 0;
};

RawDecryptor& decryptor() {
  static RawDecryptor one(raw_cipher(crypto::AesMode::ecb, "fuzz").value());
  return one;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes input = std::as_bytes(std::span(data, size));
  constexpr std::uint64_t kSlot = 64 * 1024;
  const unsigned mood = data[0];
  StrictIntake intake(mood);
  RawReceiver receiver(intake,
                       {.slot_size = kSlot, .decryptor = mood & 1 ? &decryptor() : nullptr});
  Script script(receiver, input.subspan(1));
  script.run();
  check(!intake.in_session());
  check(!receiver.deadline());
  check(intake.taken() <= std::min(script.sent(), kSlot + kRawMarginBytes));
  check(receiver.proven() == receiver.outcome().has_value());
  if (receiver.outcome()) check(intake.taken() > 0);
  return 0;
}
