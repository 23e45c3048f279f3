// Drives a WsDevice on its channel and on virtual time, as a port would, with a client that a test
// writes out. What the device says is a list of texts, "close 1001" among them.
#pragma once
#include <array>
#include <memory>

#include "engine/core/test_word.hpp"
#include "protocols/ws/ws_channel.hpp"
#include "protocols/ws/ws_device.hpp"
#include "protocols/ws/ws_samples.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/fake_steering.hpp"

namespace updraft::link {

using Talk = std::vector<std::string>;

class WsBench {
 public:
  WsBench() { connect(); }

  void connect(std::uint32_t chunk = kWsChunk) {
    channel.reset();
    device = std::make_unique<WsDevice>(intake, steering, WsDevice::Config{.chunk = chunk});
    channel = std::make_unique<WsChannel>(*device, WsSide::server);
    heard.clear();
    channel->on_connected(now);
    channel->on_waiting(now);
  }
  // Bytes from the client, in pieces of `step`; 0: in one piece. Returns what the device says.
  Talk send(std::string_view wire, std::size_t step = 0) {
    for (Bytes rest = as_bytes(wire); !rest.empty();) {
      const Bytes part = rest.first(step == 0 ? rest.size() : std::min(step, rest.size()));
      channel->on_bytes(part, now);
      if (!closed()) channel->on_waiting(now);
      rest = rest.subspan(part.size());
    }
    return hear();
  }
  Talk say(const std::string& text) { return send(samples::ws_text(text)); }
  Talk chunk(const std::string& bytes) { return send(samples::ws_binary(bytes)); }
  Talk start(std::uint64_t size) {
    return say(R"({"name":"otaSize","value":)" + std::to_string(size) + "}");
  }
  Talk hear() {
    std::array<std::byte, 5> part;
    while (const std::size_t size = channel->write_to(part)) {
      heard.append(reinterpret_cast<const char*>(part.data()), size);
    }
    Talk talk;
    for (const samples::WsSent& frame : samples::ws_frames(heard)) {
      talk.push_back(samples::spoken(frame));
    }
    return talk;
  }
  // Passes time; deadlines are kept to the millisecond.
  Talk wait(Millis time) {
    const Instant until = now + time;
    while (!closed()) {
      channel->on_waiting(now);
      const auto due = channel->deadline();
      if (!due || *due > until) break;
      now = std::max(now, *due);
      channel->on_deadline(now);
    }
    now = until;
    return hear();
  }
  bool closed() const { return channel->phase() == Phase::closed; }
  std::string outcome() const {
    const Result<> result = channel->outcome();
    return word(result);
  }

  fakes::FakeIntake intake;
  fakes::FakeSteering steering;
  std::unique_ptr<WsDevice> device;
  std::unique_ptr<WsChannel> channel;
  Instant now{std::chrono::hours(7)};
  std::string heard;  // of an incomplete frame
};

}  // namespace updraft::link
