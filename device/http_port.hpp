// The update page, the status document and WebSocket updates on a virtual device: an HTTP listener
// with the routes that every port serves (docs/ws.md).
#pragma once
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "updraft/core/intake.hpp"
#include "updraft/core/steering.hpp"
#include "updraft/link/ws_device.hpp"
#include "updraft/update/status.hpp"

#include "device/options.hpp"
#include "ports/linux/http_link.hpp"
#include "ports/linux/reactor.hpp"

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

  // Returns the real port. Error: unreachable (address or port cannot be had).
  Result<std::uint16_t> listen(std::uint16_t port);

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
  link::HttpSite site_;
  std::vector<std::string_view> names_;
  std::set<Visit*> visits_;  // connections with a WebSocket
  std::function<void()> when_gone_;
};

}  // namespace updraft::device
