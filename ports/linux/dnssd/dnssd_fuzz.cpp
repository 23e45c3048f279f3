// Multicast DNS: whatever comes from the network, what is read can be written and read again, what
// is kept has its limits, and neither end falls into a loop of answers.
//
// Input: byte 0 chooses the port that it comes from; then datagrams, each after its size (16 bit).
#include "ports/linux/dnssd/finder.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

using namespace linux_port;

constexpr std::size_t kMostSaid = 2 * kMostMdnsReplies;  // at once

void drain(link::DatagramLink& machine) {
  std::array<std::byte, link::kDatagramBytes> room;
  std::size_t said = 0;
  while (const auto datagram = machine.write_to(room)) {
    check(++said <= kMostSaid, "answers have their limit");
    check(datagram->size <= room.size(), "a datagram fits");
    check(read_dns(Bytes(room).first(datagram->size)).has_value(), "what is said can be read");
  }
}

void run(Bytes input) {
  if (input.empty()) return;
  link::PeerAddress from{.port = load_u8(input, 0) % 2 == 0 ? kMdnsPort : std::uint16_t{40'000}};
  Instant now{};
  Announcer announcer({.name = "kitchen",
                       .services = {{.type = "_updraft._tcp", .port = 80, .text = {"v=1"}}},
                       .addresses = {IpAddress{}},
                       .random = [] { return 1U; }},
                      now);
  Finder finder("_updraft._tcp", now);
  for (int i = 0; i < 4; ++i) {
    now += kProbePause;
    announcer.on_deadline(now);
    drain(announcer);
  }
  for (Bytes rest = input.subspan(1); rest.size() >= 2;) {
    const Bytes datagram = at_most(rest.subspan(2), load_le16(rest, 0));
    rest = rest.subspan(2 + datagram.size());
    if (const auto message = read_dns(datagram)) {
      const std::vector<std::byte> again = write_dns(*message);
      const auto read = read_dns(again);
      check(read.has_value() && write_dns(*read) == again, "what is written is read the same");
    }
    for (link::DatagramLink* machine : {static_cast<link::DatagramLink*>(&announcer),
                                        static_cast<link::DatagramLink*>(&finder)}) {
      machine->on_datagram(from, datagram, now);
      drain(*machine);
      if (const auto due = machine->deadline()) now = std::max(now, *due);
      machine->on_deadline(now);
      drain(*machine);
    }
  }
  check(finder.found().size() <= kMostFound, "what is found has its limit");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
