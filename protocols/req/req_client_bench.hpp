// Drives a ReqClient on virtual time, as a port would, against a server that the test plays.
#pragma once
#include <string>

#include "protocols/req/req_client.hpp"
#include "protocols/req/req_samples.hpp"
#include "tests/fakes/fake_intake.hpp"

namespace updraft::link {

class ReqClientBench {
 public:
  static constexpr std::uint64_t kSlot = 256 * 1024;

  explicit ReqClientBench(std::size_t size = samples::kReqFile)
      : file(samples::image(size)), packages(samples::req_packages(file)) {
    intake.image_size = size;
    client.on_connected(now);
    settle();
  }

  // The server's words, in pieces of `chunk` bytes; 0: all in one piece.
  void say(std::string_view words, std::size_t chunk = 0) {
    while (!words.empty() && !closed()) {
      const std::string_view part = words.substr(0, chunk == 0 ? words.size() : chunk);
      client.on_bytes(as_bytes(part), now);
      now += flash_time;
      settle();
      words.remove_prefix(part.size());
    }
  }
  // The next packages of the file, each as the answer to one request.
  void answer(std::size_t count = 1, std::size_t chunk = 0) {
    for (std::size_t i = 0; i < count; ++i) say(packages.at(at++), chunk);
  }
  void answer_all(std::size_t chunk = 0) { answer(packages.size() - at, chunk); }
  void repeat() { say(packages.at(at - 1)); }
  void fin() { client.on_peer_done(now); }
  void reset() { client.on_lost(now); }
  void wait(Millis time) {
    const Instant until = now + time;
    while (!closed() && client.deadline().value() <= until) {
      now = std::max(now, *client.deadline());
      client.on_deadline(now);
      settle();
    }
    if (!closed()) now = until;
  }
  void stay_silent() { wait(std::chrono::hours(2)); }

  bool closed() const { return client.phase() == Phase::closed; }
  Millis age() const { return now - connected_at; }  // when it closed, or now

  std::vector<std::byte> file;
  std::vector<std::string> packages;
  std::size_t at = 0;  // index of the next package
  fakes::FakeIntake intake;
  ReqClient client{intake, {.slot_size = kSlot}};
  std::string asked;  // the requests so far: "0" or "1" each, "?" for a write that is none
  Instant now{std::chrono::hours(7)};
  Instant connected_at = now;
  Millis flash_time{0};  // passes within each on_bytes()

 private:
  void settle() {
    std::byte room[4096];
    while (const std::size_t size = client.write_to(room)) {
      const std::string words = samples::text(Bytes(room).first(size));
      asked += words == kReqNext ? "0" : words == kReqAgain ? "1" : "?";
    }
    client.on_waiting(now);
  }
};

}  // namespace updraft::link
