// Drives a RawReceiver on virtual time, as a port would: delivers, says that it waits, and keeps
// every deadline to the millisecond.
#pragma once
#include <algorithm>
#include <vector>

#include "protocols/link/link_decryptor.hpp"
#include "protocols/raw/raw_receiver.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/raw_samples.hpp"

namespace updraft::link {

class ReceiverBench {
 public:
  static constexpr std::uint64_t kSlot = 256 * 1024;

  explicit ReceiverBench(samples::Sealing sealing = samples::Sealing::plain)
      : cipher(samples::cipher(sealing)) {
    if (cipher) decryptor.emplace(*cipher);
    connect();
  }

  void connect() {
    const RawReceiver::Config config{
        .slot_size = kSlot, .decryptor = decryptor ? &*decryptor : nullptr, .fetches = fetches};
    receiver.emplace(intake, config);
    connected_at = now;
    receiver->on_connected(now);
    receiver->on_waiting(now);
  }

  // `plain` as it is on the wire, in pieces of `chunk` bytes; 0: in one piece.
  void send(Bytes plain, std::size_t chunk = 0) {
    send_wire(samples::sealed(plain, cipher), chunk);
  }
  void send_wire(Bytes wire, std::size_t chunk = 0) {
    while (!wire.empty()) {
      const Bytes part = wire.first(chunk == 0 ? wire.size() : std::min(chunk, wire.size()));
      receiver->on_bytes(part, now);
      now += flash_time;
      receiver->on_waiting(now);
      wire = wire.subspan(part.size());
    }
  }
  // `size` bytes every `pause`, until the receiver closes or all is sent.
  void drip(Bytes wire, std::size_t size, Millis pause) {
    while (!wire.empty() && !closed()) {
      const Bytes part = wire.first(std::min(size, wire.size()));
      send_wire(part);
      wait(pause);
      wire = wire.subspan(part.size());
    }
  }
  void fin() { receiver->on_peer_done(now); }
  void reset() { receiver->on_lost(now); }
  void wait(Millis time) {
    const Instant until = now + time;
    while (!closed()) {
      receiver->on_waiting(now);
      if (receiver->deadline().value() > until) break;
      now = std::max(now, *receiver->deadline());
      receiver->on_deadline(now);
    }
    if (!closed()) now = until;
  }
  void stay_silent() { wait(std::chrono::hours(1)); }

  bool closed() const { return receiver->phase() == Phase::closed; }
  Millis age() const { return now - connected_at; }  // when it closed, or now

  std::optional<LinkCipher> cipher;
  std::optional<LinkDecryptor> decryptor;
  fakes::FakeIntake intake;
  bool fetches = false;  // from the next connect() on
  std::optional<RawReceiver> receiver;
  Instant now{std::chrono::hours(7)};
  Instant connected_at = now;
  Millis flash_time{0};  // passes within each on_bytes()
};

}  // namespace updraft::link
