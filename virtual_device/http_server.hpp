// What listens on the HTTP and HTTPS ports of a virtual device: the routes that every port serves
// (docs/ws.md), each connection with its machine.
#pragma once
#include <functional>
#include <list>
#include <set>
#include <string>
#include <vector>

#include "ports/linux/http_link.hpp"
#include "ports/linux/tls_link.hpp"
#include "protocols/ws/ws_device.hpp"
#include "virtual_device/door.hpp"

namespace updraft::device {

class HttpServer {
 public:
  struct Handlers {
    std::function<void(Status&)> fill;       // what the device knows about itself
    std::function<void(link::WsWish)> wish;  // of a connection that has just been closed
    std::string_view password;               // that peers have to know; empty: anybody may ask
  };
  // `names` as HttpSite has them. `base`: the path under which a proxy shows the device,
  // "/kitchen"; empty: none. Requests come with it or without it, as the proxy likes. The rest
  // outlives the server.
  HttpServer(const DoorContext& context, const std::vector<std::string>& names, std::string base,
             Handlers handlers);

  // Returns the real port. `tls`: speaks https there, and outlives the server; nullptr: http. As
  // device::listen().
  std::uint16_t listen(std::uint16_t wanted, const KeptNumbers& kept, std::string_view kept_as,
                       const linux_port::TlsContext* tls);

  // Closes every WebSocket with 1001, because the device restarts; `done` is called once all are
  // gone.
  void go_away(std::function<void()> done);

 private:
  class Visit;
  void gone(Visit& visit);
  std::string_view below_base(std::string_view path) const;

  const DoorContext& context_;
  Handlers handlers_;
  std::vector<std::string_view> names_;
  std::string base_;
  std::list<link::HttpSite> sites_;
  link::LoginGuards guards_;
  std::set<Visit*> visits_;  // connections with a WebSocket
  std::function<void()> when_gone_;
};

}  // namespace updraft::device
