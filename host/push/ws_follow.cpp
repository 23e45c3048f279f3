#include "host/push/ws_follow.hpp"

#include "protocols/ws/ws_host.hpp"

namespace updraft::host {
namespace {

// An original device: when it takes a connection again it is back.
Followed knock(WsClient& client) {
  client.pause(Millis{1'000});  // its port stays open for a moment
  const Result<bool> asked = asks_about_trial(client, kBackMs);
  return {.status = {}, .back = asked.has_value(), .asked = asked && *asked};
}

}  // namespace

Result<bool> asks_about_trial(WsClient& client, Millis retry_for) {
  link::WsHost host({.password = client.password()});
  const Result<> done = client.talk(host, retry_for);
  const bool greeted = !done && done.error().code == Code::pending_confirm;
  if (!done && !greeted) return std::unexpected(done.error());
  return greeted;
}

Followed follow_restart(WsClient& client, const std::optional<DeviceStatus>& before, bool settle) {
  if (!before) return knock(client);
  const StatusAsker device{.status = [&client] { return client.status(kStatusEvery); },
                           .pause = [&client](Millis time) { client.pause(time); },
                           .now = [&client] { return client.now(); },
                           .stopped = [] { return false; },  // a WsClient throws
                           .watcher = client.to().watched()};
  const Awaited awaited = await_restart(device, *before, settle);
  return {.status = awaited.runs, .back = awaited.runs.has_value()};
}

}  // namespace updraft::host
