#include "host/push/uart_push.hpp"

#include <chrono>
#include <thread>

#include "host/desk/printable.hpp"
#include "host/serial_device.hpp"
#include "protocols/uart/uart_sender.hpp"

namespace updraft::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Millis kMostTurn{50};
constexpr Millis kTryEvery{100};

// A device that is not there yet, or in use, is tried again.
Result<> open(SerialDevice& line, const PushTo& to, unsigned baud) {
  const auto until = Clock::now() + to.wait;
  while (true) {
    const Result<> opened = line.open(to.url.path, baud);
    if (opened || to.is_stopped() || Clock::now() >= until) return opened;
    std::this_thread::sleep_for(kTryEvery);
  }
}

}  // namespace

Ended UartPush::push(const PushTo& to, Payload& payload) {
  Ended ended;
  SerialDevice line;
  ended.outcome = open(line, to, baud);
  if (!ended.outcome) {
    if (to.is_stopped()) ended.stopped = Stopped::sending;
    return ended;
  }
  const auto begun = Clock::now();
  link::UartSender sender(
      payload, {.cipher = cipher ? &*cipher : nullptr, .baud = line.is_pty() ? 0 : baud});
  std::array<std::byte, link::kUartPiece> room{};
  LineLoop loop(line, sender, room, [begun] {
    return Instant{std::chrono::duration_cast<Millis>(Clock::now() - begun)};
  });
  while (sender.phase() != link::Phase::closed) {
    if (to.is_stopped()) {
      ended.stopped = Stopped::sending;
      break;
    }
    loop.turn(kMostTurn);
    const bool known = sender.total() != link::kUnknownSize;
    to.watched().progress(sender.sent(), known ? sender.total() : 0);
  }
  to.watched().transfer_over();
  ended.time = Clock::now() - begun;
  ended.sent = sender.sent();
  ended.refusal = printable(sender.said());
  ended.outcome =
      ended.stopped == Stopped::no ? sender.outcome() : fail(Code::aborted, Where::link);
  if (ended.outcome) ended.reached = Reached::sent;
  return ended;
}

}  // namespace updraft::host
