#include "host/push/ws_follow.hpp"

#include <utility>

#include "protocols/ws/ws_host.hpp"

namespace updraft::host {
namespace {

constexpr Millis kMarginMs{10'000};  // beyond what the device said it would take to confirm

// An original device: when it takes a connection again it is back.
Followed knock(WsClient& client) {
  client.pause(Millis{1'000});  // its port stays open for a moment
  const Result<bool> asked = asks_about_trial(client, kBackMs);
  return {.status = {}, .back = asked.has_value(), .asked = asked && *asked};
}

std::optional<DeviceStatus> look(WsClient& client) {
  const Result<DeviceStatus> status = client.status(kStatusEvery);
  return status ? std::optional(*status) : std::nullopt;
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
  client.to().watched().restarting();
  Instant until = client.now() + kBackMs;
  std::optional<DeviceStatus> now;
  bool waiting_told = false;
  while (client.now() < until) {
    client.pause(kStatusEvery);
    std::optional<DeviceStatus> seen = look(client);
    if (!seen || seen->boot == before->boot) continue;
    const bool first = !now || now->boot != seen->boot;
    now = std::move(seen);
    if (!settle || !now->pending || !now->confirm_in_ms) return {.status = now, .back = true};
    if (first) until = client.now() + Millis{*now->confirm_in_ms} + kMarginMs;
    if (!std::exchange(waiting_told, true)) client.to().watched().on_trial(*now);
  }
  return {.status = now, .back = now.has_value()};
}

}  // namespace updraft::host
