// Drives a ControlDevice on virtual time, as a port would, against a host that the test plays.
#pragma once
#include <algorithm>

#include "protocols/control/control_device.hpp"
#include "protocols/control/control_samples.hpp"
#include "tests/fakes/fake_intake.hpp"

namespace updraft::link {

class ControlBench {
 public:
  explicit ControlBench(std::size_t memory_bytes = kControlFrameBytes) : memory(memory_bytes) {
    device.on_connected(now);
    settle();
    greeting = hear();
  }

  // Sends and hears the answer, as words.
  std::string say(Bytes wire, std::size_t chunk = 0, ControlForm form = ControlForm::current) {
    while (!wire.empty()) {
      const Bytes part = wire.first(chunk == 0 ? wire.size() : std::min(chunk, wire.size()));
      device.on_bytes(part, now);
      now += flash_time;
      settle();
      wire = wire.subspan(part.size());
    }
    return hear(form);
  }
  std::string say(const std::string& hex) { return say(samples::control_frame(hex)); }
  std::string ask(std::uint32_t id, Bytes data = {}) {
    return say(samples::control_request(id, ++uid, data));
  }
  std::string begin() { return ask(control_id::kBegin); }
  std::string write(Bytes data) { return ask(control_id::kWrite, data); }
  std::string end() { return ask(control_id::kEnd); }

  // All that the device said since, as words, or as bytes.
  std::string hear(ControlForm form = ControlForm::current) {
    const std::vector<std::byte> said = std::exchange(said_, {});
    return samples::control_words(said, form);
  }
  std::string hear_hex() { return golden::to_hex(std::exchange(said_, {})); }

  void wait(Millis time) {
    const Instant until = now + time;
    while (!closed() && device.deadline() && *device.deadline() <= until) {
      now = std::max(now, *device.deadline());
      device.on_deadline(now);
      settle();
    }
    now = closed() ? now : until;
  }
  void settle() {
    std::byte frame[kControlReplyBytes];
    while (reads) {
      const std::size_t size = device.write_to(frame);
      if (size == 0) break;
      said_.insert(said_.end(), frame, frame + size);
    }
    if (!closed()) device.on_waiting(now);
  }
  bool closed() const { return device.phase() == Phase::closed; }

  fakes::FakeIntake intake;
  std::vector<std::byte> memory;
  ControlDevice device{
      intake, memory, {.version = {Text<31>(std::string_view("FG")), {1, 2, 3, 4, 5}}}};
  Instant now{std::chrono::hours(7)};
  Millis flash_time{0};  // passes within each on_bytes()
  std::int32_t uid = 0;
  bool reads = true;  // the host does
  std::string greeting;

 private:
  std::vector<std::byte> said_;
};

}  // namespace updraft::link
