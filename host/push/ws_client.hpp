// A device's HTTP port as a push uses it: machines over its WebSocket, with TLS if the URL says so,
// and its status document.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "host/push/await_restart.hpp"
#include "host/push/ended.hpp"
#include "host/push/push_loop.hpp"
#include "host/push/tls_trust.hpp"
#include "protocols/ws/ws_host.hpp"

namespace updraft::host {

// Gives the password that a device wants. May throw; empty: nobody knows one.
using AskPassword = std::function<std::string()>;

class WsClient {
 public:
  // `to` must outlive it. The trust counts only with TLS.
  WsClient(const PushTo& to, const TlsTrust& trust);

  // By its status the device may want a password: `ask` gives it, for password() from then on.
  void log_in(const DeviceStatus& status, const AskPassword& ask);
  std::string_view password() const { return password_; }  // empty: none is known

  // Runs the machine over the WebSocket to its end, and tries for PushTo::wait, or for `retry_for`,
  // while nobody answers. Once it was stopped, all calls end at once: throws StoppedHere.
  Result<> talk(link::WsHost& host) { return talk(host, to_.wait); }
  Result<> talk(link::WsHost& host, Millis retry_for);
  Result<> send(link::WsHost& host);  // the same, with its progress told
  // The device's own words about itself; http_status if it has none, as the original has not.
  Result<DeviceStatus> status() { return status(to_.wait); }
  Result<DeviceStatus> status(Millis retry_for);
  void pause(Millis time);

  Instant now() const { return loop_.now(); }
  const PushTo& to() const { return to_; }
  // The certificate that was shown last.
  const std::optional<crypto::Sha256Digest>& certificate() const { return certificate_; }

 private:
  Result<> run(link::Link& link, Millis retry_for, std::function<Progress()> progress = nullptr);
  Result<> open(link::WsHost& host, Millis retry_for,
                const std::function<Progress()>& progress = nullptr);
  Result<> again(Millis retry_for, const std::function<PushLoop::Try(Millis left)>& attempt);
  std::string host_field() const;

  const PushTo& to_;
  PushLoop loop_;
  std::string password_;
  std::optional<linux_port::TlsContext> tls_;
  std::optional<crypto::Sha256Digest> certificate_;
};

// Thrown by a WsClient that PushTo::stopped ended; never leaves host/push.
struct StoppedHere {
  Stopped how;
};

// What `work` returns; if it was stopped, how.
// `so_far`: how far it had come then, which outlives the call; nullptr: that is not known.
Ended until_stopped(const std::function<Ended()>& work, const Ended* so_far = nullptr);

}  // namespace updraft::host
