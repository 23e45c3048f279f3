#include "cli/ws_follow.hpp"

#include <fmt/format.h>

#include "protocols/ws/ws_host.hpp"

namespace updraft::cli {
namespace {

constexpr Millis kBackMs{60'000};  // for a device to restart, verify and start its network
constexpr Millis kLookEvery{200};
constexpr Millis kMarginMs{10'000};  // beyond what the device said it would take to confirm

// An original device: when it takes a connection again it is back.
Followed knock(WsClient& client) {
  client.pause(Millis{1'000});  // its port stays open for a moment
  link::WsHost host({});
  return {.status = {}, .back = client.talk(host, kBackMs).has_value()};
}

std::optional<DeviceStatus> look(WsClient& client) {
  const Result<DeviceStatus> status = client.status(kLookEvery);
  return status ? std::optional(*status) : std::nullopt;
}

}  // namespace

Followed follow_restart(WsClient& client, const Output& out,
                        const std::optional<DeviceStatus>& before, bool settle) {
  if (!before) return knock(client);
  out.item("restart", "waiting for the device");
  Instant until = client.reactor().now() + kBackMs;
  std::optional<DeviceStatus> now;
  bool waiting_told = false;
  while (client.reactor().now() < until) {
    client.pause(kLookEvery);
    std::optional<DeviceStatus> seen = look(client);
    if (!seen || seen->boot == before->boot) continue;
    const bool first = !now || now->boot != seen->boot;
    now = std::move(seen);
    if (!settle || !now->pending || !now->confirm_in_ms) return {.status = now, .back = true};
    if (first) until = client.reactor().now() + Millis{*now->confirm_in_ms} + kMarginMs;
    if (!waiting_told) {
      out.item("running", running_line(*now));
      waiting_told = true;
    }
  }
  return {.status = now, .back = now.has_value()};
}

void add_running(boost::json::object& event, const DeviceStatus& status) {
  event["version"] = status.version;
  event["project"] = status.project;
  event["digest"] = status.digest;
  event["state"] = status.state;
}

std::string running_line(const DeviceStatus& status) {
  if (status.pending && status.confirm_in_ms) {
    return fmt::format("{}, on trial; it confirms itself in {:.1f} s", status.title(),
                       static_cast<double>(*status.confirm_in_ms) / 1000);
  }
  if (status.pending) return status.title() + ", on trial until somebody confirms it";
  return status.title() + (status.state == "valid" ? ", confirmed" : ", " + status.state);
}

}  // namespace updraft::cli
