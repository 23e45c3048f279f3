#include "host/push/control_push.hpp"

#include <chrono>
#include <thread>

#include "host/client_update.hpp"
#include "host/desk/printable.hpp"

namespace updraft::host {
namespace {

constexpr Millis kAskEvery{50};

// Stops the client when PushTo::stopped says so, also while it waits for the device.
class Stopper {
 public:
  Stopper(const PushTo& to, control::Client& client)
      : thread_([&to, &client](const std::stop_token& over) {
          while (!over.stop_requested() && !to.is_stopped()) std::this_thread::sleep_for(kAskEvery);
          if (!over.stop_requested()) client.stop();
        }) {}

 private:
  std::jthread thread_;
};

// A device that is not there yet, or in use, is tried again.
Result<> open(control::Client& client, const PushTo& to) {
  const auto until = std::chrono::steady_clock::now() + to.wait;
  while (true) {
    const Result<> opened = client.open(to.url.path);
    if (opened || client.stopped() || std::chrono::steady_clock::now() >= until) return opened;
    std::this_thread::sleep_for(Millis{100});
  }
}

Ended send(control::Client& client, const PushTo& to, Payload& payload) {
  ClientUpdateOptions options;
  options.progress = [&to](std::uint64_t sent, std::uint64_t total) {
    to.watched().progress(sent, total);
    return true;
  };
  options.into_rescue = [&to] { to.watched().into_rescue(); };
  const auto updated = run_update(client, payload, options);
  to.watched().transfer_over();
  Ended ended;
  if (!updated) {
    ended.outcome = std::unexpected(updated.error().error);
    ended.trouble = updated.error().text;
    return ended;
  }
  ended.reached = updated->back ? Reached::restarted : Reached::sent;
  if (updated->current) ended.reached = Reached::current;
  ended.sent = updated->bytes;
  if (!updated->back) return ended;
  ended.runs.emplace().version = printable(updated->runs);
  return ended;
}

}  // namespace

Ended ControlPush::push(const PushTo& to, Payload& payload) {
  control::Client client(form);
  const Stopper stopper(to, client);
  Ended ended;
  ended.outcome = open(client, to);
  if (ended.outcome) ended = send(client, to, payload);
  if (!ended.outcome && client.stopped()) ended.stopped = Stopped::sending;
  return ended;
}

}  // namespace updraft::host
