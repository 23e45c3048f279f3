// A serial line with whatever comes on it. Checks that the engine hears one session at a time, in
// order, that the device says nothing but CR LF and comes to rest in silence.
//
// Input: byte 0 bit 0: with a key; the other bits: StrictIntake's mood. Then steps: an op byte (low
// 2 bits) with a count (high 6 bits), and the bytes that it sends.
#include <algorithm>
#include <vector>

#include "engine/crypto/aes.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/uart/uart_device.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/strict_intake.hpp"

namespace {

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

LinkDecryptor& decryptor() {
  static LinkDecryptor one(link_cipher(crypto::AesMode::ecb, "fuzz").value());
  return one;
}

class Script {
 public:
  Script(UartDevice& device, Bytes rest) : device_(device), rest_(rest) {}
  void run() {
    while (!rest_.empty() && open()) step(take());
    wait(Millis{10'000});
  }

 private:
  bool open() const { return device_.phase() != Phase::closed; }
  std::uint8_t take() {
    const std::uint8_t byte = load_u8(rest_, 0);
    rest_ = rest_.subspan(1);
    return byte;
  }
  void step(std::uint8_t op) {
    const std::size_t count = (op >> 2) + 1u;
    if ((op & 3) == 0) return send(at_most(rest_, count));
    if ((op & 3) == 1) return flood(count);
    wait((op & 3) == 2 ? Millis{static_cast<std::int64_t>(count)}
                       : Millis{static_cast<std::int64_t>(count) * 100});
  }
  void send(Bytes part) {
    rest_ = rest_.subspan(part.size());
    deliver(part);
  }
  void flood(std::size_t times) {
    const std::vector<std::byte> bytes(1000, rest_.empty() ? std::byte{0} : rest_.front());
    for (std::size_t i = 0; i < times; ++i) deliver(bytes);
  }
  void deliver(Bytes bytes) {
    if (open()) device_.on_bytes(bytes, now_);
    listen();
  }
  void listen() {
    std::array<std::byte, 256> room;
    const Bytes said = Bytes(room).first(device_.write_to(room));
    for (std::size_t i = 0; i < said.size(); i += 2) {
      check(as_text(said.subspan(i, 2)) == "\r\n", "nothing but CR LF");
    }
    if (open()) device_.on_waiting(now_);
  }
  void wait(Millis time) {
    const Instant until = now_ + time;
    for (int fired = 0; open() && device_.deadline() && *device_.deadline() <= until; ++fired) {
      check(fired < 16, "deadlines move on");
      now_ = std::max(now_, *device_.deadline());
      device_.on_deadline(now_);
      listen();
    }
    now_ = until;
  }

  UartDevice& device_;
  Bytes rest_;
  Instant now_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned mood = data[0];
  fuzz::StrictIntake intake(kUart, mood, fuzz::StrictIntake::many);
  UartDevice device(intake,
                    {.slot_size = 64 * 1024, .decryptor = mood & 1 ? &decryptor() : nullptr});
  device.on_connected({});
  device.on_waiting({});
  Script(device, fuzz::input(data, size).subspan(1)).run();
  check(!device.deadline(), "silence brings it to rest");
  check(!intake.in_session(), "and the session to its end");
  const bool closed = device.phase() == Phase::closed;
  check(closed == intake.finished(), "it closes on success alone");
  return 0;
}
