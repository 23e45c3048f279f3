// The update page, the status document and WebSocket updates on a virtual device: HTTP and HTTPS
// listeners with the routes that every port serves (docs/ws.md).
#pragma once
#include <functional>
#include <list>
#include <set>
#include <string>
#include <vector>

#include "updraft/intake.hpp"
#include "updraft/status.hpp"
#include "updraft/steering.hpp"

#include "ports/linux/http_link.hpp"
#include "ports/linux/reactor.hpp"
#include "ports/linux/tls_link.hpp"
#include "protocols/ws/ws_device.hpp"
#include "virtual_device/options.hpp"

namespace updraft::device {

class HttpPort {
 public:
  struct Handlers {
    std::function<void(Status&)> fill;       // what the device knows about itself
    std::function<void(link::WsWish)> wish;  // of a connection that has just been closed
  };
  // All outlive the port.
  HttpPort(ports::Reactor& reactor, Intake& intake, Steering& steering, const Options& options,
           Handlers handlers);

  // Returns the real port. `tls`: speaks https there, and outlives the port; nullptr: http. Error:
  // unreachable (address or port cannot be had).
  Result<std::uint16_t> listen(std::uint16_t port, const ports::TlsContext* tls = nullptr);

  // Closes every WebSocket with 1001, because the device restarts; `done` is called once all are
  // gone.
  void go_away(std::function<void()> done);

 private:
  class Visit;
  void gone(Visit& visit);

  ports::Reactor& reactor_;
  Intake& intake_;
  Steering& steering_;
  const Options& options_;
  Handlers handlers_;
  std::vector<std::string_view> names_;
  std::list<link::HttpSite> sites_;
  std::set<Visit*> visits_;  // connections with a WebSocket
  std::function<void()> when_gone_;
};

}  // namespace updraft::device
