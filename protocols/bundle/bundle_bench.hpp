// Drives a BundleDevice on virtual time, as a port would, with a client that a test writes out.
#pragma once
#include <memory>

#include "engine/core/test_word.hpp"
#include "protocols/bundle/bundle_device.hpp"
#include "protocols/bundle/bundle_samples.hpp"
#include "protocols/bundle/fake_bundle_intake.hpp"

namespace updraft::link {

inline void count_up(MutableBytes out) {  // a random source for tests: no two alike
  static std::uint32_t next = 0x01020304;
  store_le32(out, 0, next++);
}

class BundleBench {
 public:
  BundleBench() : shared(memory) { connect(); }

  void connect(Origin from = kSomewhere) {
    device = std::make_unique<BundleDevice>(
        intake, shared,
        BundleDevice::Config{.password = "hunter2", .from = from, .random = &count_up});
    device->on_connected(now);
    device->on_waiting(now);
  }
  // What the device says, all of it.
  std::string hear() {
    std::string heard;
    std::array<std::byte, 5> part;
    while (const std::size_t size = device->write_to(part)) {
      heard.append(reinterpret_cast<const char*>(part.data()), size);
    }
    return heard;
  }
  void send(Bytes bytes, std::size_t step = 0) {
    while (!bytes.empty()) {
      const Bytes part = bytes.first(step == 0 ? bytes.size() : std::min(step, bytes.size()));
      device->on_bytes(part, now);
      device->on_waiting(now);
      bytes = bytes.subspan(part.size());
    }
  }
  void send(std::string_view text, std::size_t step = 0) { send(as_bytes(text), step); }
  std::string say(std::string_view text, std::size_t step = 0) {
    send(text, step);
    return hear();
  }
  // Passes time; deadlines are kept to the millisecond.
  void wait(Millis time) {
    const Instant until = now + time;
    while (!closed()) {
      device->on_waiting(now);
      const auto due = device->deadline();
      if (!due || *due > until) break;
      now = std::max(now, *due);
      device->on_deadline(now);
    }
    if (!closed()) now = until;
  }
  std::string answer(const std::string& challenge, std::string_view password = "hunter2") {
    Challenge bytes;
    std::ranges::copy(as_bytes(challenge), bytes.begin());
    const Answer made = answer_to(bytes, password);
    return {reinterpret_cast<const char*>(made.data()), made.size()};
  }
  std::string log_in() { return say(answer(hear())); }
  std::string announce(std::string_view metadata) {
    const std::string heard = say(samples::length_field(metadata.size()));
    return heard == "OK" ? say(metadata) : heard;
  }
  std::string push(const samples::Bundle& bundle, std::size_t step = 0) {
    if (const std::string heard = log_in(); heard != "OK") return heard;
    if (const std::string heard = announce(bundle.metadata); heard != "OK") return heard;
    send(bundle.stream, step);
    return hear();
  }
  bool closed() const { return device->phase() == Phase::closed; }
  std::string outcome() const {
    const Result<> result = device->outcome();
    return word(result);
  }

  std::vector<std::byte> memory = std::vector<std::byte>(kBundleMetaBytes);
  fakes::FakeBundleIntake intake;
  ReservedBundleShared shared;
  std::unique_ptr<BundleDevice> device;
  Instant now{std::chrono::hours(7)};
};

}  // namespace updraft::link
