// A host on a serial line whose device says whatever it likes, whenever it likes. Checks that no
// more than a piece is on its way, and that it comes to an end.
//
// Input: bytes 0 and 1: the image's size. Then bytes that the device says; 0xFF waits for the next
// deadline.
#include <algorithm>
#include <vector>

#include "protocols/uart/uart_sender.hpp"
#include "tests/fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::link;
  using fuzz::check;
  if (size < 2) return 0;
  const std::size_t bytes = data[0] | static_cast<std::size_t>(data[1]) << 8;
  const std::vector<std::byte> image(bytes % 10'000 + 1);
  MemorySource source(image);
  UartSender sender(source, {});
  Instant now{};
  std::uint64_t said = 0;
  const auto listen = [&] {
    std::array<std::byte, 256> room;
    while (const std::size_t part = sender.write_to(room)) said += part;
    check(said - sender.sent() <= kUartPiece, "a piece at a time");
    if (sender.phase() != Phase::closed) sender.on_waiting(now);
  };
  const auto wait = [&] {
    now = std::max(now, *sender.deadline());
    sender.on_deadline(now);
    listen();
  };
  sender.on_connected(now);
  listen();
  for (const std::byte byte : fuzz::input(data, size).subspan(2)) {
    if (sender.phase() == Phase::closed) break;
    if (byte == std::byte{0xFF}) {
      wait();
    } else {
      sender.on_bytes({&byte, 1}, now);
      listen();
    }
  }
  for (int fired = 0; sender.phase() != Phase::closed; ++fired) {
    check(fired < 4, "silence ends it");
    wait();
  }
  check(!sender.deadline(), "what is closed waits for nothing");
  check(!sender.outcome() || said == image.size(), "ok means all of it");
  return 0;
}
