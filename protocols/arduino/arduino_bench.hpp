// Drives an ArduinoDevice on virtual time, with a host that a test writes out.
#pragma once
#include <string>

#include "protocols/arduino/arduino_device.hpp"
#include "protocols/arduino/arduino_samples.hpp"
#include "tests/fakes/fake_intake.hpp"

namespace updraft::link {

class ArduinoBench {
 public:
  explicit ArduinoBench(std::string_view password = samples::kArduinoPassword, bool legacy = false)
      : device(intake, {.password = password, .legacy = legacy, .random = &samples::arduino_bits}) {
    intake.many_connections = true;
  }

  // What the device says to that, if it is to the same peer.
  std::string say(std::string_view text, const PeerAddress& from) {
    device.on_datagram(from, as_bytes(text), now);
    return hear(from);
  }
  std::string say(std::string_view text) { return say(text, host); }
  std::string hear(const PeerAddress& at) {
    std::string heard;
    std::array<std::byte, kDatagramBytes> room;
    while (const auto datagram = device.write_to(room)) {
      if (datagram->to == at) heard += as_text(Bytes(room).first(datagram->size));
    }
    return heard;
  }
  std::string invite() { return say(samples::kArduinoInvites); }
  std::string answer(std::string_view response = samples::kArduinoResponse,
                     std::string_view cnonce = samples::kArduinoCnonce) {
    return say("200 " + std::string(cnonce) + " " + std::string(response) + "\n");
  }
  std::string answer(const PeerAddress& from, std::string_view response) {
    return say("200 " + std::string(samples::kArduinoCnonce) + " " + std::string(response) + "\n",
               from);
  }
  // Until then, as a port waits.
  std::string wait(Millis time) {
    const Instant until = now + time;
    std::string heard;
    while (const auto due = device.deadline()) {
      if (*due > until) break;
      now = std::max(now, *due);
      device.on_deadline(now);
      heard += hear(host);
    }
    now = until;
    return heard;
  }
  // The connection back, if the device wants one.
  Link* call() {
    const auto wish = device.call_back();
    if (!wish) return nullptr;
    called = wish->to;
    link = wish->link;
    link->on_connected(now);
    link->on_waiting(now);
    return link;
  }
  void send(Bytes bytes) {
    link->on_bytes(bytes, now);
    link->on_waiting(now);
  }
  std::string said() {
    std::string heard;
    std::array<std::byte, 256> room;
    while (const std::size_t size = link->write_to(room)) heard += as_text(Bytes(room).first(size));
    return heard;
  }
  void hang_up() {
    if (link->phase() != Phase::closed) link->on_lost(now);
    device.on_called_back(link->outcome(), now);
    link = nullptr;
  }

  fakes::FakeIntake intake;
  ArduinoDevice device;
  PeerAddress host = samples::arduino_peer(2, 50'000);
  PeerAddress called;
  Link* link = nullptr;
  Instant now{std::chrono::hours(7)};
};

}  // namespace updraft::link
